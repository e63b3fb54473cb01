"""Data-parallel training: replicas of one solver that share each batch and take the same steps."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.errors import WorkerLost
from hetkeras.solution import Solution
from hetkeras.training.compiled_steps import run_steps
from hetkeras.training.divisible_solver import DividedUpdate, DivisibleSolver
from hetkeras.training.replicas import Replicas
from hetkeras.training.share import Share
from hetkeras.training.solver import Solver


class DataParallelSolver(Solver):
    """Trains replicas of a solver together. What is not a step, the first of all does; the others take its variables.

    Args:
      solvers: the replicas of this process, built alike; the first is the one that is exported.
      replicas: where they are.

    Raises:
      CalibrationError: if the batches cannot be shared like this.
    """

    def __init__(self, solvers: Sequence[DivisibleSolver], replicas: Replicas) -> None:
        self.first, self.solvers, self.replicas = solvers[0], list(solvers), replicas
        super().__init__(self.first.num_steps, self.first.seed)
        self.step = self.first.step
        for place, solver in enumerate(solvers, replicas.first_place):
            solver.divide(Share(place, replicas.parts))
        self._variables = [variables_of(solver) for solver in solvers]

    def begin(self) -> float:
        seconds = self.first.begin() if self.replicas.leads else 0.0
        self.agree()
        return seconds

    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """As `Solver.train`. The loop is a graph around parts that XLA compiles, with sums over replicas between them.

        Raises:
          WorkerLost: if another process has ended.
        """
        with self._heard():
            if int(num_steps) == 0:  # a loop of no steps would compile nothing
                return self._tried()
            return self._steps(num_steps, self.first.plan)

    def refresh(self) -> dict[str, float]:
        told = self.first.refresh() if self.replicas.leads else {}
        self.agree()
        return told

    def restored(self) -> None:
        self.agree()

    def agree(self) -> None:
        """Gives all replicas the variables of the first of all.

        Raises:
          WorkerLost: if another process has ended.
        """
        with self._heard():
            self._agree()

    @property
    def finished(self) -> bool:
        return self.first.finished

    def solution(self) -> Solution:
        return self.first.solution()

    def broken_state(self) -> str:
        return self.first.broken_state()

    def settings(self) -> dict[str, Any]:
        return self.first.settings()

    def tracked(self) -> dict[str, Any]:
        return self.first.tracked()

    @property
    def weights(self) -> Any:
        """Those of the first replica, where it has some."""
        return getattr(self.first, "weights", [])

    def _tried(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """One step, which is taken back."""
        before = [[tf.identity(variable) for variable in variables] for variables in self._variables]
        result = self._steps(tf.constant(1), self.first.plan)
        for variables, values in zip(self._variables, before, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return result

    @graph
    def _steps(self, num_steps: tf.Tensor, plan: int) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return run_steps(lambda: self._update(plan), num_steps, self.first.told)

    def _update(self, plan: int) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """One step of all replicas here, side by side from sum to sum."""
        updates = [solver.divided_update(plan) for solver in self.solvers]
        totals: list[Any] = [None] * len(updates)
        while True:
            found = [self._on(place, update, totals[place]) for place, update in enumerate(updates)]
            if found[0][1] is not None:
                return found[0][1]
            totals = self.replicas.total([parts for parts, _ in found])

    def _on(self, place: int, update: DividedUpdate, total: Any) -> tuple[Any, Any]:
        """Goes on with an update on its device: what it yields and None, or None and what it returns."""
        with tf.device(self.replicas.devices[place]):
            try:
                return update.send(total), None
            except StopIteration as ended:
                return None, ended.value

    @graph
    def _agree(self) -> None:
        own = [[_number(variable) for variable in variables] for variables in self._variables]
        parts = [
            values if self.replicas.leads and place == 0 else [tf.zeros_like(value) for value in values]
            for place, values in enumerate(own)
        ]
        for variables, totals in zip(self._variables, self.replicas.total(parts), strict=True):
            for variable, total in zip(variables, totals, strict=True):
                variable.assign(tf.cast(total, variable.dtype))

    @contextlib.contextmanager
    def _heard(self) -> Iterator[None]:
        """Says in one line what TensorFlow says in many where another process has ended."""
        try:
            yield
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
            if self.replicas.num_workers == 1:
                raise
            raise WorkerLost(
                f"worker {self.replicas.worker} of {self.replicas.num_workers}: another worker has ended or cannot be "
                "reached; start all of them again, the solve resumes from its last checkpoint"
            ) from error


def variables_of(solver: Solver) -> list[tf.Variable]:
    """All that a checkpoint keeps of a solver, in the same order for solvers that are built alike."""
    kept = tf.train.Checkpoint(step=solver.step, **solver.tracked())
    found = {}
    for node in tf.train.TrackableView(kept).descendants():
        variable = node.value if isinstance(node, keras.Variable) else node
        if isinstance(variable, tf.Variable):
            found[id(variable)] = variable
    return list(found.values())


def _number(variable: tf.Variable) -> tf.Tensor:
    return tf.cast(variable, tf.int32) if variable.dtype == tf.bool else tf.identity(variable)
