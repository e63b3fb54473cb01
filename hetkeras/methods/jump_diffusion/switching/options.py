"""Options of a solve of binary states that take turns, and the network and solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from annotated_types import Interval

from hetkeras.contracts.sector_links import SectorLinks
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.errors import CalibrationError
from hetkeras.method import Options
from hetkeras.methods.jump_diffusion.measure import batch_need
from hetkeras.methods.jump_diffusion.options import NEWTON_SPAN
from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.switching.huang_yu_solver import SwitchingHuangYuSolver
from hetkeras.methods.jump_diffusion.switching.networks.base import RegimeValue
from hetkeras.methods.jump_diffusion.switching.networks.delegate_value import DelegateValue
from hetkeras.methods.jump_diffusion.switching.networks.dense_regime_value import DenseRegimeValue
from hetkeras.methods.jump_diffusion.switching.networks.link_value import LinkValue
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.settings import Nodes
from hetkeras.training.memory import Need

STEPS = {"quick": 6000, "paper": 8000}
NEWTON: dict[str, dict[str, Any]] = {
    "quick": {"num_steps": 400, "span": NEWTON_SPAN},
    "paper": {"num_steps": 640, "span": 1.4, "batch_size": 512},
}
"""With links between sectors. Own paths of many links mix slowly, and a few of them would be learnt by heart."""
WIDTH, DENSE_WIDTH = 32, 256  # the latter for links between sectors, as in the paper
PAIR_WEIGHT = 0.05  # more of it drowns the equation itself where there are many links
OWN_NEWTON: dict[str, dict[str, Any]] = {
    preset: {"num_steps": steps, "span": NEWTON_SPAN, "pair_weight": 1.0, "damping": 1e-3, "last_damping": 1e-5}
    for preset, steps in {"quick": 800, "paper": 1600}.items()
}
"""Without links between sectors. Where turns end soon and opportunities come often, an error in a gain is many times as
large a residual: more damping than this keeps it there, however long the training."""


@dataclasses.dataclass(frozen=True)
class SwitchingOptions(Options):
    """As `Options`, and the losses and the network."""

    mode: Annotated[
        Literal["hjb", "paper"], "HJB residual with realized jumps; or the paper's losses, flaws included."
    ] = "hjb"

    network: Annotated[
        Literal["links", "dense"] | None,
        "links: all sectors are seen by the same network, which sums over links (default for links between sectors); "
        "dense: feed-forward, as in the paper (default else).",
    ] = None
    width: Annotated[
        Nodes | None, "Nodes in each hidden layer; default 32, or 256 for a dense network of links between sectors."
    ] = None
    latent: Annotated[int, Interval(ge=1, le=4096), "Numbers kept of each sector (links)."] = 16


def make_settings(model: SwitchingJumpDiffusion, options: SwitchingOptions) -> JumpSettings | PaperSettings:
    """Preset, then settings.

    Raises:
      CalibrationError: for settings that are unknown, out of range or of another way to train.
    """
    if options.mode == "paper":
        return PaperSettings.chosen({"num_steps": STEPS[options.preset]}, options.solver)
    chosen = JumpSettings.parse(options.solver, "--solver")
    own = not isinstance(model, SectorLinks)
    update = chosen.get("update", "gauss_newton" if own else "adam")
    JumpSettings.refuse_others(update, chosen)
    preset: dict[str, Any] = {"update": update, "num_steps": STEPS[options.preset], "pair_weight": PAIR_WEIGHT}
    if update == "gauss_newton":
        preset |= (OWN_NEWTON if own else NEWTON)[options.preset]
    return JumpSettings.chosen(preset, options.solver)


def make_solver(
    model: SwitchingJumpDiffusion, options: SwitchingOptions
) -> SwitchingJumpDiffusionSolver | SwitchingHuangYuSolver:
    """Builds network and solver.

    Raises:
      CalibrationError: if mode, network and model do not fit each other.
    """
    settings = make_settings(model, options)
    if isinstance(settings, PaperSettings):
        return SwitchingHuangYuSolver(model, _paper_network(model, options), settings, options.seed)
    return SwitchingJumpDiffusionSolver(model, make_network(model, options), settings, options.seed)


def need(model: SwitchingJumpDiffusion, options: SwitchingOptions) -> Need:
    """Memory of a training step."""
    settings = make_settings(model, options)
    flips = 2 * settings.flip_draws if isinstance(settings, JumpSettings) else 0
    return batch_need(settings.batch_size, flips or model.num_binary, _width(model, options))


def make_network(model: SwitchingJumpDiffusion, options: SwitchingOptions) -> RegimeValue:
    """Sectors weigh as much as their output in that of all, their turns as much as the baseline misses then.

    Raises:
      CalibrationError: if a network of links is asked for where there are no links between sectors, or one without
        where sectors decide themselves.
    """
    sectors = model if isinstance(model, SectorLinks) else None
    network = options.network or ("dense" if sectors is None else "links")
    turns, widths = model.correction_scales.turns, (_width(model, options),) * 2
    if network == "dense":
        if sectors is not None and sectors.num_delegates > 1:
            raise CalibrationError(
                f"network is 'dense' where {sectors.num_delegates} sectors decide themselves; expected 'links'"
            )
        return DenseRegimeValue(model.num_regimes, float(turns.max()), (*widths, widths[0]))
    if sectors is None:
        raise CalibrationError(
            f"network is 'links' and {type(model).__name__} has no links between sectors; expected 'dense'"
        )
    features = sectors.link_shares.tolist(), sectors.domar_weights.tolist(), model.element_features.tolist()
    if sectors.num_delegates > 1:
        scales = turns.reshape(sectors.num_delegates, -1).tolist()
        return DelegateValue(*features, scales, element_hidden=widths, latent=options.latent, hidden=widths)
    return LinkValue(*features, turns.tolist(), element_hidden=widths, latent=options.latent, hidden=widths)


def _paper_network(model: SwitchingJumpDiffusion, options: SwitchingOptions) -> DenseRegimeValue:
    """Values and sigma^V of all regimes, as in section 3.3."""
    if options.network == "links":
        raise CalibrationError("network is 'links' with mode=paper; expected 'dense', which has outputs for sigma^V")
    if isinstance(model, SectorLinks) and model.num_delegates > 1:
        raise CalibrationError(
            f"mode is 'paper' where {model.num_delegates} sectors decide themselves; expected 'hjb': in the "
            "paper a planner decides alone"
        )
    return DenseRegimeValue(model.num_regimes, hidden=(_width(model, options),) * 3, num_shocks=model.num_shocks)


def _width(model: SwitchingJumpDiffusion, options: SwitchingOptions) -> int:
    """Nodes in each hidden layer."""
    paper = isinstance(model, SectorLinks) and (options.network == "dense" or options.mode == "paper")
    return options.width or (DENSE_WIDTH if paper else WIDTH)
