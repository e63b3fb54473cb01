"""Options of a solve of binary states, and the network and solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from annotated_types import Interval

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.method import Options
from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver, PaperSettings
from hetkeras.methods.jump_diffusion.measure import FlipPlan, batch_need, firms_need
from hetkeras.methods.jump_diffusion.networks.base import FlipValue
from hetkeras.methods.jump_diffusion.networks.deep_sets_value import DeepSetsValue
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.settings import Many, Nodes
from hetkeras.training.memory import Need

STEPS = {"quick": 8000, "paper": 6000}
NEWTON_STEPS = 300
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


def make_settings(options: JumpOptions) -> JumpSettings | PaperSettings:
    """Preset, then settings."""
    steps = STEPS[options.preset]
    if options.mode == "paper":
        return PaperSettings.chosen({"num_steps": steps}, options.solver)
    newton = JumpSettings.parse(options.solver, "--solver").get("update") == "gauss_newton"
    return JumpSettings.chosen({"num_steps": NEWTON_STEPS if newton else steps}, options.solver)


def make_solver(model: JumpDiffusion, options: JumpOptions) -> JumpDiffusionSolver | HuangYuSolver:
    """Builds network and solver."""
    settings = make_settings(options)
    if isinstance(settings, PaperSettings):
        return HuangYuSolver(model, DenseValue(model.num_shocks, options.nodes), settings, options.seed)
    return JumpDiffusionSolver(model, make_network(model, options), settings, options.seed)


def need(model: JumpDiffusion, options: JumpOptions) -> Need:
    """Memory of a training step, or of the firms that are simulated afterwards."""
    settings = make_settings(options)
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
