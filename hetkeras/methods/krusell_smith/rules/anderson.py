"""Anderson (1965) acceleration of a fixed-point iteration x = g(x), resumable: its memory is held in variables."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


class Anderson(tf.Module):
    """Mixes the last few iterates so that their residuals g(x) - x nearly cancel.

    Args:
      size: length n of x.
      memory: earlier residuals that are combined; 0 takes plain damped steps.
      damping: share of the way that is gone, 1 for all of it.
    """

    def __init__(self, size: int, memory: int, damping: float) -> None:
        super().__init__()
        self.memory, self.damping = memory, damping
        self._points = tf.Variable(tf.zeros((memory + 1, size), tf.float64), trainable=False)
        self._residuals = tf.Variable(tf.zeros((memory + 1, size), tf.float64), trainable=False)
        self._count = tf.Variable(0, trainable=False)

    def forget(self) -> None:
        """Starts anew: the next step is a damped one."""
        self._count.assign(0)

    def step(self, point: np.ndarray, image: np.ndarray) -> np.ndarray:
        """Returns the next iterate from x and g(x), both [n]."""
        for history, new in ((self._points, point), (self._residuals, image - point)):
            history.assign(np.vstack([history.numpy()[1:], new]))
        self._count.assign_add(1)
        kept = min(int(self._count), self.memory + 1)
        points, residuals = self._points.numpy()[-kept:], self._residuals.numpy()[-kept:]
        plain = point + self.damping * residuals[-1]
        if kept == 1:
            return plain
        changes = np.diff(residuals, axis=0)
        weights = np.linalg.lstsq(changes.T, residuals[-1], rcond=1e-8)[0]
        return plain - weights @ (np.diff(points, axis=0) + self.damping * changes)
