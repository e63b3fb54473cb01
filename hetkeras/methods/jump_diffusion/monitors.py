"""What solves over binary states show while they train: progress, losses, and economics now and then."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

from hetkeras.contracts.known_values import ExactValues
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.methods.jump_diffusion.paper_solver import PaperSolver
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import CHUNK_STEPS, Action

FlipSolver = JumpDiffusionSolver | PaperSolver | SwitchingJumpDiffusionSolver
EVALUATIONS = 20  # times in a run that economics are measured
STATES = 64  # of own paths, at most
QUANTILES = 50, 95, 99


def monitors(run: RunDirectory, solver: FlipSolver, name: str) -> list[Action]:
    """Progress bar and TensorBoard."""
    evaluate_every = max(1, solver.num_steps // (CHUNK_STEPS * EVALUATIONS))
    known = functools.cache(solver.model.exact_values)

    def probe() -> dict[str, float]:
        return economics(solver) | residual_quantiles(solver) | exact_gap(solver, known())

    pictures = {"gains by binary state": lambda: gain_picture(solver)}
    return [ProgressBar(name), TensorBoard(run.tensorboard, solver.settings(), (probe,), pictures, evaluate_every)]


def residual_quantiles(solver: FlipSolver) -> dict[str, float]:
    """Quantiles of the residual of the HJB equation on training states, over rho times the scale; empty if unknown."""
    model = solver.model
    if isinstance(solver, JumpDiffusionSolver):
        residual, scale = solver.found_at(solver.samples()).residual, model.value_scale
    elif isinstance(solver, SwitchingJumpDiffusionSolver):
        state, binary, regime = _visited(solver)
        found = solver.residual(*map(tf.constant, (state, binary, regime[:, 0].astype(np.int32))))
        residual, scale = found[0], solver.model.correction_scales.shared
    else:
        return {}
    size = np.abs(residual.numpy()) / float(model.discount_rate * scale)
    return {f"residual_q{q}": float(np.quantile(size, q / 100)) for q in QUANTILES}


def exact_gap(solver: FlipSolver, known: ExactValues | None) -> dict[str, float]:
    """Mean distance of the value to exact ones, relative to their mean size; empty where none are known."""
    if known is None:
        return {}
    value = _look(solver, known.state, known.binary, known.regime)["value"].numpy()
    return {"value_error": float(np.abs(value - known.value).mean() / np.abs(known.value).mean())}


def gain_picture(solver: FlipSolver) -> np.ndarray:
    """Draws what each flip is worth at rest with nothing and with all else on, those worth most first."""
    from hetkeras.report.parts.pictures import curves_picture  # matplotlib, for who draws

    gains = {}
    for label, numbers in at_rest(solver).items():
        rows = numbers[solver.model.flip_names.gain].numpy()
        gains[f"{label} on"] = np.sort(rows[np.isfinite(rows)])[::-1]
    return curves_picture(np.arange(1, 1 + min(map(len, gains.values()))), gains, ("flip, by rank", "gain"))


def economics(solver: FlipSolver) -> dict[str, float]:
    """What the current networks say.

    Returns:
      value_at_rest_none, value_at_rest_all: with nothing and with all on, mean over regimes where there are any; and,
      where training follows own paths, active_share: of what can flip, and accepted_share: of opportunities there.
    """
    model, size = solver.model, solver.model.num_binary
    movable = np.any(model.max_hazard, 1)
    numbers = {f"value_at_rest_{name}": float(np.mean(found["value"])) for name, found in at_rest(solver).items()}
    state, binary, regime = _visited(solver)
    if binary.shape[1] < size:
        return numbers
    taken = _look(solver, state, binary, regime[:, 0] if regime.size else None)[model.flip_names.choice].numpy()
    which = np.arange(size)[None].repeat(len(binary), 0)
    if isinstance(model, SwitchingJumpDiffusion):
        which = model.available_flips[regime[:, 0].astype(int)]
    can = movable[which] & (np.take_along_axis(binary, which, 1) < 0.5)
    accepted = taken[can].mean() if can.any() else np.nan
    return numbers | {"active_share": float(binary[:, movable].mean()), "accepted_share": float(accepted)}


def at_rest(solver: FlipSolver) -> dict[str, dict[str, tf.Tensor]]:
    """What would be exported at rest, a row a regime: with nothing on that can move, and with all."""
    model = solver.model
    regimes = np.arange(model.num_regimes if isinstance(model, SwitchingJumpDiffusion) else 1)
    found = {}
    for name, on in (("none", np.where(np.any(model.max_hazard, 1), 0.0, 1.0)), ("all", np.ones(model.num_binary))):
        rest, links = (np.repeat(part[None], len(regimes), 0) for part in (model.long_run_mean().numpy(), on))
        found[name] = _look(solver, rest, links, regimes)
    return found


def _visited(solver: FlipSolver) -> list[np.ndarray]:
    """States, binary states and regimes that training has come to; the latter two are empty where it follows none."""
    sizes = np.cumsum([solver.model.long_run_mean().shape[0], solver.model.num_binary])
    return np.split(solver.training_state()[:STATES].numpy(), sizes, 1)


def _look(solver: FlipSolver, state: np.ndarray, binary: np.ndarray, regime: np.ndarray | None) -> dict[str, tf.Tensor]:
    """What would be exported now, at states [B, D], binary [B, J] and regimes [B]."""
    model = solver.model
    names = *model.all_state_names, model.flip_names.binary
    inputs = dict(zip(names, (*model.split_states(state), binary), strict=True))
    inputs = {name: tf.constant(part, tf.float32) for name, part in inputs.items()}
    if isinstance(model, SwitchingJumpDiffusion):
        inputs[model.regime_name] = tf.constant(regime, tf.int32)
    return solver.solution().signatures["policy"].function(**inputs)
