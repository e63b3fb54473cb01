"""What a solve with a horizon shows while it trains."""

from __future__ import annotations

from hetkeras.methods.backward_sde.solver import BackwardSDE
from hetkeras.methods.backward_sde.watch import Watch
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import CHUNK_STEPS, Action

EVALUATIONS = 4  # times in a run that TensorBoard's numbers and pictures are made


def monitors(run: RunDirectory, solver: BackwardSDE) -> list[Action]:
    """Progress bar and TensorBoard; the value at the initial state is among the metrics of training."""
    watch = Watch(solver)
    evaluate_every = max(1, solver.num_steps // (CHUNK_STEPS * EVALUATIONS))
    probes, pictures = (watch.distances,), {"value along paths": watch.picture}
    board = TensorBoard(run.tensorboard, solver.settings(), probes, pictures, evaluate_every)
    return [ProgressBar(type(solver.model).__name__), board]
