"""Natural cubic splines in TensorFlow whose values at the knots vary and whose maximum is found in closed form."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from scipy.interpolate import CubicSpline


class NaturalSpline:
    """Cubic between n knots, straight second derivative to zero at both ends; linear in the values at the knots.

    Args:
      knots: [n], increasing.
    """

    def __init__(self, knots: np.ndarray) -> None:
        self.knots = np.asarray(knots, np.float64)
        self._curvatures = CubicSpline(self.knots, np.eye(len(knots)), bc_type="natural")(self.knots, 2)

    def curvatures(self, values: tf.Tensor) -> tf.Tensor:
        """Second derivatives at the knots, [..., n] from values [..., n]."""
        return tf.linalg.matvec(tf.constant(self._curvatures, values.dtype), values)

    def basis(self, points: tf.Tensor) -> tf.Tensor:
        """Weights of the values at the knots, [..., n] at points [...]; points beyond the knots count as the ends."""
        knots = tf.constant(self.knots, points.dtype)
        gaps = knots[1:] - knots[:-1]
        inside = tf.clip_by_value(points, knots[0], knots[-1])[..., None]
        share = tf.clip_by_value((inside - knots[:-1]) / gaps, 0.0, 1.0)  # [..., n - 1]: 1 below, 0 above the point
        here = tf.cast((inside >= knots[:-1]) & (inside < tf.concat([knots[1:-1], [np.inf]], 0)), points.dtype)
        left, right = here * (1 - share), here * share
        cubic = here * gaps**2 / 6
        left_cubic, right_cubic = cubic * ((1 - share) ** 3 - (1 - share)), cubic * (share**3 - share)
        linear = _spread(left, right)
        return linear + _spread(left_cubic, right_cubic) @ tf.constant(self._curvatures, points.dtype)

    def evaluate(self, values: tf.Tensor, points: tf.Tensor) -> tf.Tensor:
        """The spline with values [..., n] at points [..., P]: [..., P]."""
        return tf.linalg.matvec(self.basis(points), values)

    def maximize(self, values: tf.Tensor, cost: tf.Tensor) -> tf.Tensor:
        """Returns argmax over x between the knots of spline(x) - cost x, exactly.

        In each interval the derivative is a parabola with at most one root at which it falls; these roots and the
        knots are all the candidates.

        Args:
          values: [..., n].
          cost: [...], broadcast.
        """
        knots = tf.constant(self.knots, values.dtype)
        gaps = knots[1:] - knots[:-1]
        curvatures, cost = self.curvatures(values), cost[..., None]
        low, high = curvatures[..., :-1], curvatures[..., 1:]
        level = (values[..., 1:] - values[..., :-1]) / gaps - gaps * (2 * low + high) / 6 - cost
        slope, bend = gaps * low, gaps * (high - low) / 2
        root = tf.sqrt(tf.maximum(slope**2 - 4 * bend * level, 0.0))
        falling = tf.where(  # two forms of one root: each cancels where the other does not
            slope > 0,
            tf.math.divide_no_nan(-(slope + root), 2 * bend),
            tf.math.divide_no_nan(2 * level, root - slope),
        )
        share = tf.clip_by_value(falling, 0.0, 1.0)
        cubic = ((1 - share) ** 3 - (1 - share)) * low + (share**3 - share) * high
        inside = values[..., :-1] + share * (values[..., 1:] - values[..., :-1]) + cubic * gaps**2 / 6
        points = tf.concat([knots[:-1] + share * gaps, tf.broadcast_to(knots, tf.shape(values))], -1)
        reached = tf.concat([inside, values], -1) - cost * points
        best = tf.one_hot(tf.argmax(reached, -1), 2 * len(self.knots) - 1, dtype=values.dtype)
        return tf.reduce_sum(best * points, -1)


def _spread(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Adds weights of the left and right ends of n - 1 intervals up by knot: [..., n]."""
    none = tf.zeros_like(left[..., :1])
    return tf.concat([left, none], -1) + tf.concat([none, right], -1)
