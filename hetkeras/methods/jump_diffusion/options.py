"""Options of a solve of binary states, and the network and solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from annotated_types import Interval

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.method import Options
from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver
from hetkeras.methods.jump_diffusion.measure import FlipPlan, batch_need, firms_need
from hetkeras.methods.jump_diffusion.networks.base import FlipValue
from hetkeras.methods.jump_diffusion.networks.deep_sets_value import DeepSetsValue
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.settings import Many, Nodes
from hetkeras.training.memory import Need

STEPS = {"quick": 8000, "paper": 6000}
NEWTON_STEPS, FEW, NEWTON_STEPS_OF_FEW = 300, 4, 1000  # where elements are few, all that is left is the level's noise
NEWTON_SPAN = 1.0  # own paths go further in each of fewer steps
WIDTH = {"quick": 40, "paper": 64}
FIRMS = {"quick": (20, 200), "paper": (50, 400)}
"""Groups, and firms in each, of the simulated distribution."""


@dataclasses.dataclass(frozen=True)
class JumpOptions(Options):
    """As `Options`, and the losses and the network."""

    mode: Annotated[
        Literal["hjb", "paper"], "HJB residual with realized jumps; or the paper's losses, flaws included."
    ] = "hjb"
    network: Annotated[Literal["deep_sets", "dense"], "Alike but for features; or feed-forward."] = "deep_sets"
    width: Annotated[
        Nodes | None,
        "Nodes in each hidden layer; default 40, with preset=paper 64 (the paper's: 256).",
    ] = None
    latent: Annotated[int, Interval(ge=1, le=4096), "Summaries of the binary states (deep_sets)."] = 16

    groups: Annotated[
        Many | None,
        "Groups of agents in the simulated distribution; default by preset; 0 for none.",
    ] = None

    @property
    def nodes(self) -> int:
        """In each hidden layer."""
        return self.width or WIDTH[self.preset]

    @property
    def plan(self) -> FlipPlan:
        """What to simulate."""
        groups, firms = FIRMS[self.preset]
        return FlipPlan(groups if self.groups is None else self.groups, firms)


def make_settings(model: JumpDiffusion, options: JumpOptions) -> JumpSettings | PaperSettings:
    """Preset, then settings.

    Raises:
      CalibrationError: for settings that are unknown, out of range or of another way to train.
    """
    preset: dict[str, Any] = {"num_steps": STEPS[options.preset]}
    if options.mode == "paper":
        return PaperSettings.chosen(preset, options.solver)
    chosen = JumpSettings.parse(options.solver, "--solver")
    update = chosen.get("update", "adam" if chosen.get("flip_draws") else "gauss_newton")
    JumpSettings.refuse_others(update, chosen)
    if update == "gauss_newton":
        steps = NEWTON_STEPS if model.num_binary > FEW else NEWTON_STEPS_OF_FEW
        preset = {"update": update, "num_steps": steps, "span": NEWTON_SPAN}
    return JumpSettings.chosen(preset, options.solver)


def make_solver(model: JumpDiffusion, options: JumpOptions) -> JumpDiffusionSolver | HuangYuSolver:
    """Builds network and solver."""
    settings = make_settings(model, options)
    if isinstance(settings, PaperSettings):
        return HuangYuSolver(model, DenseValue(model.num_shocks, options.nodes), settings, options.seed)
    return JumpDiffusionSolver(model, make_network(model, options), settings, options.seed)


def need(model: JumpDiffusion, options: JumpOptions) -> Need:
    """Memory of a training step, or of the firms that are simulated afterwards."""
    settings = make_settings(model, options)
    flips = 2 * settings.flip_draws if isinstance(settings, JumpSettings) else 0
    trained = batch_need(settings.batch_size, flips or model.num_binary, options.nodes)
    return max(trained, firms_need(model, options.plan))


def make_network(model: JumpDiffusion, options: JumpOptions) -> FlipValue:
    """Builds the network of mode=hjb."""
    if options.network == "dense":
        return DenseValue(width=options.nodes)
    widths = options.nodes, options.nodes
    features, interactions = model.element_features.tolist(), model.element_interactions.tolist()
    return DeepSetsValue(features, widths, options.latent, widths, pairs=interactions)
