"""What the Trainer asks of a method: steps that stop before a NaN reaches the state, and a solution at the end."""

from __future__ import annotations

import abc
from typing import Any

import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.solution import Solution

MAX_SEED = 2_000_000


class Solver(tf.Module, abc.ABC):
    """One method. Everything that changes while it runs is a tf.Variable, so that a checkpoint resumes to the bit.

    Args:
      num_steps: the most steps that are planned.
      seed: of every random draw, at most MAX_SEED; draws depend on (seed, step) alone.

    Raises:
      CalibrationError: if the seed is out of range.
    """

    undivided = "it improves the whole solution at once"  # why replicas cannot share its steps; "" where they can

    def __init__(self, num_steps: int, seed: int) -> None:
        super().__init__()
        if not 0 <= seed <= MAX_SEED:
            raise CalibrationError(f"seed is {seed}; expected from 0 to {MAX_SEED}")
        self.num_steps, self.seed = num_steps, seed
        self.first_stream = tf.constant(seed * 1009, tf.int32)  # no constant of a graph: seeds share programs
        self.step = tf.Variable(0, dtype=tf.int32, trainable=False, name="step")

    @abc.abstractmethod
    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Takes up to num_steps steps; one that breaks is not applied and ends the call.

        Returns:
          Whether all steps were finite, and name -> number (`loss` among them).
        """

    def begin(self) -> float:
        """Does what comes before the first step of a run; a run that resumes has it in its checkpoint.

        Returns:
          Seconds of it that count as training: compilation does not.
        """
        return 0.0

    def restored(self) -> None:
        """Hears that a checkpoint was loaded, or that there is none."""

    def refresh(self) -> dict[str, float]:
        """Does what is due between two calls of `train`, outside compiled code; returns name -> number."""
        return {}

    @property
    def finished(self) -> bool:
        """True if no further step is needed."""
        return False

    @property
    def outcome(self) -> str:
        """How training ended, in a few words for a terminal."""
        return f"training ended after {int(self.step):,} of at most {self.num_steps:,} steps"

    @abc.abstractmethod
    def solution(self) -> Solution:
        """Returns what was found."""

    @abc.abstractmethod
    def broken_state(self) -> str:
        """Describes the state at which a step is not finite, for the error message."""

    @abc.abstractmethod
    def settings(self) -> dict[str, Any]:
        """Returns every setting that a resumed run must share, ready for JSON."""

    @abc.abstractmethod
    def tracked(self) -> dict[str, Any]:
        """Returns name -> all that a checkpoint keeps beside the step."""

    def step_seed(self, stream: int) -> tf.Tensor:
        """Returns the [2] seed of a stream of draws at the current step."""
        return tf.stack([self.first_stream + stream, self.step])
