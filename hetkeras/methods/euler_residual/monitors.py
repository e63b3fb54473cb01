"""What a solve by Euler residuals shows while it trains."""

from __future__ import annotations

import numpy as np

from hetkeras.methods.euler_residual.solver import EulerResidual
from hetkeras.methods.euler_residual.watch import Watch
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import CHUNK_STEPS, Action

EVALUATIONS = 4  # times in a run that TensorBoard's economics and pictures are made


def monitors(run: RunDirectory, solver: EulerResidual) -> list[Action]:
    """Progress bar and TensorBoard, with the economics measured on a path that no policy drew."""
    watch = Watch(solver.model, solver.policy, solver.seed + 1)

    def picture() -> np.ndarray:
        from hetkeras.report.parts.pictures import policy_picture  # matplotlib, for who draws

        return policy_picture(*watch.action_path())

    evaluate_every = max(1, solver.num_steps // (CHUNK_STEPS * EVALUATIONS))
    probes, pictures = (watch.residual_quantiles, watch.reference_gap), {"policy along a path": picture}
    return [ProgressBar("training"), TensorBoard(run.tensorboard, solver.settings(), probes, pictures, evaluate_every)]
