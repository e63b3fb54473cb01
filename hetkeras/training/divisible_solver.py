"""What a method whose batches several replicas can share offers beside `Solver`."""

from __future__ import annotations

import abc
from collections.abc import Generator
from typing import Any

import tensorflow as tf

from hetkeras.training.share import Share
from hetkeras.training.solver import Solver

DividedUpdate = Generator[Any, Any, tuple[tf.Tensor, dict[str, tf.Tensor]]]
"""Yields nests of tensors and gets their sums over all replicas; returns what an `Update` does."""


class DivisibleSolver(Solver, abc.ABC):
    """A solver that can take its steps on a share of each batch."""

    share = Share()

    def divide(self, share: Share) -> None:
        """Lets it train on a share of each batch from now on.

        Raises:
          CalibrationError: if what it does cannot be divided like this.
        """
        self.share = share

    @property
    @abc.abstractmethod
    def told(self) -> tuple[str, ...]:
        """Names of the numbers of a step, `loss` among them."""

    @property
    def plan(self) -> int:
        """What decides how often a divided update yields."""
        return 1

    @abc.abstractmethod
    def divided_update(self, plan: int) -> DividedUpdate:
        """Takes one step with all other replicas, unless it is not finite. Graph-safe; its parts are compiled."""
