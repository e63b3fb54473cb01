"""What a solve with a horizon shows while it trains."""

from __future__ import annotations

from hetkeras.methods.backward_sde.solver import BackwardSDE
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import Action


def monitors(run: RunDirectory, solver: BackwardSDE) -> list[Action]:
    """Progress bar and TensorBoard; the value at the initial state is among the metrics of training."""
    return [ProgressBar(type(solver.model).__name__), TensorBoard(run.tensorboard, solver.settings())]
