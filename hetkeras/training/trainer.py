"""The outer loop: chunks of compiled steps, checkpoints, guards. It knows no economics."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from hetkeras.errors import TrainingDiverged
from hetkeras.training.checkpoints import Checkpoints
from hetkeras.training.solver import Solver

CHUNK_STEPS = 50
RATES = ("learning_rate", "newton_rate", "first_rate", "round_rate")  # settings that say how large updates are
GROWN = 4.0  # a loss, or weights, as many times as large as they were tell of updates that are too large


class Progress(NamedTuple):
    """What an action is told after each chunk: steps done, the most that are planned, numbers, seconds, the end."""

    step: int
    num_steps: int
    metrics: dict[str, float]
    seconds: float
    last: bool


Action = Callable[[Progress], None]


class Trainer:
    """Runs a solver and resumes it, to the bit, from the last checkpoint.

    Args:
      solver: what to train.
      checkpoints: directory of the checkpoints, created if absent; None keeps none.
      actions: called with `Progress` after each chunk.
      chunk_steps: optimizer steps in one compiled call.
      checkpoint_seconds: least time between two checkpoints; the last step is always saved.
      phase: told of what goes on, a title for `with`: compiling, then training.
    """

    def __init__(
        self,
        solver: Solver,
        checkpoints: Path | None,
        actions: Sequence[Action] = (),
        chunk_steps: int = CHUNK_STEPS,
        checkpoint_seconds: float = 10.0,
        phase: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.solver, self.actions, self._phase = solver, actions, phase
        self.chunk_steps, self.checkpoint_seconds = chunk_steps, checkpoint_seconds
        state = tf.train.Checkpoint(step=solver.step, **solver.tracked())
        self._seconds = state.seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self._whole = state.whole_seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self._checkpoints = None if checkpoints is None else Checkpoints(checkpoints, state)

    def restore(self) -> int:
        """Loads the last checkpoint, if there is one, and returns its step.

        Raises:
          RunDirectoryError: if there were checkpoints and none can be restored: damaged, or of another network.
        """
        if self._checkpoints is not None:
            self._checkpoints.restore()
        self.solver.restored()
        return int(self.solver.step)

    @property
    def seconds(self) -> float:
        """Time spent in compiled steps, over all resumed legs, without compilation, actions and checkpoints."""
        return float(self._seconds)

    @property
    def whole_seconds(self) -> float:
        """Time since the start, over all resumed legs up to their last checkpoint, compilation and all else in it."""
        return float(self._whole)

    def run(self, num_steps: int) -> dict[str, float]:
        """Trains until the solver is finished or has taken num_steps steps in all, resumed ones included.

        Returns:
          The metrics of the last chunk; empty if nothing was left to do.

        Raises:
          TrainingDiverged: naming the step, the term and the state that broke.
          RunDirectoryError: see `restore`; or if a checkpoint cannot be written.
        """
        step, started = self.restore(), time.monotonic()
        metrics: dict[str, float] = {}
        losses: list[float] = []
        earlier, self._begun = self.whole_seconds, self._size()
        if step >= num_steps or self.solver.finished:
            return metrics
        if step == 0:
            self._seconds.assign_add(self.solver.begin())
        with self._phase("compile the steps of training"):
            self.solver.train(tf.constant(0))
        before = saved = time.monotonic()
        while step < num_steps and not self.solver.finished:
            finite, tensors = self.solver.train(tf.constant(min(self.chunk_steps, num_steps - step)))
            metrics = {name: float(value) for name, value in tensors.items()}
            step = int(self.solver.step)
            if not finite:
                raise self._diverged(step, metrics, losses)
            losses.append(metrics["loss"])
            metrics |= self.solver.refresh()
            self._seconds.assign_add(time.monotonic() - before)
            last = step >= num_steps or self.solver.finished
            for action in self.actions:
                action(Progress(step, num_steps, metrics, self.seconds, last))
            self._whole.assign(earlier + time.monotonic() - started)
            if self._checkpoints is not None and (last or time.monotonic() - saved > self.checkpoint_seconds):
                self._checkpoints.save(step)
                saved = time.monotonic()
            before = time.monotonic()
        return metrics

    def _diverged(self, step: int, metrics: dict[str, float], losses: Sequence[float]) -> TrainingDiverged:
        broken = [name for name, value in metrics.items() if name != "loss" and not math.isfinite(value)]
        term = f"loss term '{broken[0]}' is {metrics[broken[0]]}" if broken else "the gradient is not finite"
        kept = (self._checkpoints and self._checkpoints.latest) or "none yet"
        return TrainingDiverged(
            f"step {step + 1}: {term} at {self.solver.broken_state()}. The step was not applied; last good checkpoint: "
            f"{kept}. {self._advice(step, losses)}"
        )

    def _advice(self, step: int, losses: Sequence[float]) -> str:
        """What to change, by what went before: losses of the chunks of this run."""
        rates = " and ".join(f"{name}={value:g}" for name, value in self.solver.settings().items() if name in RATES)
        calibration = "choose a calibration whose states stay in their domain"
        if step == 0 or not rates:
            return (
                f"No update was too large, for none was made yet: {calibration}" if rates else calibration.capitalize()
            )
        sizes = {"loss": (min(losses, default=1.0), (losses or [1.0])[-1]), "weights": (self._begun, self._size())}
        for name, (before, last) in sizes.items():
            if last > GROWN * before:
                return f"The {name} had grown from {before:.1e} to {last:.1e}: choose less than {rates}"
        return f"Neither loss nor weights had grown much, so that {rates} is not too large: {calibration}"

    def _size(self) -> float:
        """The norm of all weights; 0 where there are none."""
        weights = getattr(self.solver, "weights", [])
        return float(tf.linalg.global_norm([tf.convert_to_tensor(weight) for weight in weights])) if weights else 0.0
