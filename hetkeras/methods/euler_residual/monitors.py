"""What a solve by Euler residuals shows while it trains."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.methods.euler_residual.diagnosis import euler_residuals, policy_error
from hetkeras.methods.euler_residual.solver import EulerResidual, starting_paths
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import CHUNK_STEPS, Action

DEAR_ROUNDS = 4  # times in a run that TensorBoard's economics and pictures are made


def monitors(run: RunDirectory, solver: EulerResidual) -> list[Action]:
    """Progress bar and TensorBoard, with the economics measured on a path that no policy drew."""
    model = solver.model
    path = starting_paths(model, solver.seed + 1, 2, 64).numpy()

    def residual_quantiles() -> dict[str, float]:
        relative = np.abs(euler_residuals(model, solver.policy, path[::8], 1, 3, 2)["relative"])
        return {f"euler_residual_q{q}": float(np.quantile(relative, q / 100)) for q in (50, 95, 99)}

    def reference_gap() -> dict[str, float]:
        return policy_error(model, solver.policy, path[::8])[0]

    def picture() -> np.ndarray:
        from hetkeras.report.parts.figures import policy_picture  # matplotlib, for who draws

        state = tf.constant(path[:, 0])
        action = solver.policy(model.deciding_agents(state), state).numpy().mean(-1)
        _, exact = policy_error(model, solver.policy, path[:, :1])
        return policy_picture(np.arange(len(path)), action, None if exact is None else exact[:, 0].mean(-1))

    dear_every = max(1, solver.num_steps // (CHUNK_STEPS * DEAR_ROUNDS))
    probes, pictures = (residual_quantiles, reference_gap), {"policy along a path": picture}
    return [ProgressBar("training"), TensorBoard(run.tensorboard, solver.settings(), probes, pictures, dear_every)]
