"""What solves over binary states show while they train: progress, losses, and economics now and then."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import CHUNK_STEPS, Action

FlipSolver = JumpDiffusionSolver | HuangYuSolver | SwitchingJumpDiffusionSolver
EVALUATIONS = 20  # times in a run that economics are measured
STATES = 64  # of own paths, at most


def monitors(run: RunDirectory, solver: FlipSolver, name: str) -> list[Action]:
    """Progress bar and TensorBoard."""
    evaluate_every = max(1, solver.num_steps // (CHUNK_STEPS * EVALUATIONS))
    board = TensorBoard(run.tensorboard, solver.settings(), (lambda: economics(solver),), evaluate_every=evaluate_every)
    return [ProgressBar(name), board]


def economics(solver: FlipSolver) -> dict[str, float]:
    """What the current networks say.

    Returns:
      value_at_rest_none, value_at_rest_all: with nothing and with all on, mean over regimes where there are any; and,
      where training follows own paths, active_share: of what can flip, and accepted_share: of opportunities there.
    """
    model, size = solver.model, solver.model.num_binary
    movable = np.any(model.max_hazard, 1)
    regimes = np.arange(model.num_regimes if isinstance(model, SwitchingJumpDiffusion) else 1)
    numbers = {}
    for name, on in (("none", np.where(movable, 0.0, 1.0)), ("all", np.ones(size))):
        rest, links = (np.repeat(part[None], len(regimes), 0) for part in (model.long_run_mean().numpy(), on))
        numbers[f"value_at_rest_{name}"] = float(tf.reduce_mean(_look(solver, rest, links, regimes)["value"]))
    state, binary, regime = np.split(
        solver.training_state()[:STATES].numpy(), np.cumsum([model.long_run_mean().shape[0], size]), 1
    )
    if binary.shape[1] < size:
        return numbers
    taken = _look(solver, state, binary, regime[:, 0] if regime.size else None)[model.flip_names.choice].numpy()
    which = np.arange(size)[None].repeat(len(binary), 0)
    if isinstance(model, SwitchingJumpDiffusion):
        which = model.available_flips[regime[:, 0].astype(int)]
    can = movable[which] & (np.take_along_axis(binary, which, 1) < 0.5)
    accepted = taken[can].mean() if can.any() else np.nan
    return numbers | {"active_share": float(binary[:, movable].mean()), "accepted_share": float(accepted)}


def _look(solver: FlipSolver, state: np.ndarray, binary: np.ndarray, regime: np.ndarray | None) -> dict[str, tf.Tensor]:
    """What would be exported now, at states [B, D], binary [B, J] and regimes [B]."""
    model = solver.model
    names = *model.all_state_names, model.flip_names.binary
    inputs = dict(zip(names, (*model.split_states(state), binary), strict=True))
    inputs = {name: tf.constant(part, tf.float32) for name, part in inputs.items()}
    if isinstance(model, SwitchingJumpDiffusion):
        inputs[model.regime_name] = tf.constant(regime, tf.int32)
    return solver.solution().signatures["policy"].function(**inputs)
