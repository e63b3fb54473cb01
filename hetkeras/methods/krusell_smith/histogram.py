"""Distribution of firms over productivity and capital on fixed nodes (Young 2010): mass moves by lotteries."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.errors import CalibrationError


class Histogram:
    """H nodes of capital; a firm between two nodes counts at both, so that mean capital is kept exactly.

    Args:
      low, high: ends of the nodes.
      num_nodes: H, at least 2.

    Raises:
      CalibrationError: if there are too few nodes or the ends are not in order.
    """

    def __init__(self, low: float, high: float, num_nodes: int) -> None:
        if num_nodes < 2 or not 0 < low < high < np.inf:
            raise CalibrationError(
                f"a histogram got {num_nodes} nodes from {low} to {high}; expected at least 2, from above 0 upwards"
            )
        self.nodes = np.geomspace(low, high, num_nodes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and np.array_equal(self.nodes, other.nodes)

    def __hash__(self) -> int:
        return hash(self.nodes.tobytes())

    @property
    def num_nodes(self) -> int:
        """H."""
        return len(self.nodes)

    def uniform(self, num_states: int) -> np.ndarray:
        """Returns equal mass everywhere, [E, H]."""
        return np.full((num_states, self.num_nodes), 1 / (num_states * self.num_nodes))

    def check(self, mass: np.ndarray) -> None:
        """Refuses mass [..., E, H] that is empty, negative, not finite or does not sum to one.

        Raises:
          CalibrationError: saying which.
        """
        check_mass(mass, (self.num_nodes,))

    def lottery(self, capital: tf.Tensor) -> tf.Tensor:
        """Shares of a firm with capital [...] at each node, [..., H]; beyond the ends it counts at the end."""
        nodes = tf.constant(self.nodes, capital.dtype)
        inside = tf.clip_by_value(capital, nodes[0], nodes[-1])[..., None]
        beyond = tf.ones_like(inside)  # at the ends only one side counts
        rising = tf.concat([beyond, (inside - nodes[:-1]) / (nodes[1:] - nodes[:-1])], -1)
        falling = tf.concat([(nodes[1:] - inside) / (nodes[1:] - nodes[:-1]), beyond], -1)
        return tf.maximum(tf.minimum(rising, falling), 0.0)

    def moved(self, mass: tf.Tensor, destinations: np.ndarray) -> tf.Tensor:
        """Mass [..., H] after the firms at each node went to fixed destinations [H]: [..., H]."""
        inside = np.clip(destinations, self.nodes[0], self.nodes[-1])
        below = np.clip(np.searchsorted(self.nodes, inside, side="right") - 1, 0, self.num_nodes - 2)
        share = (inside - self.nodes[below]) / (self.nodes[below + 1] - self.nodes[below])
        by_node = tf.linalg.matrix_transpose(tf.reshape(mass, (-1, self.num_nodes)))  # [H, ...]
        arriving = tf.concat([by_node * (1 - share)[:, None], by_node * share[:, None]], 0)
        summed = tf.math.unsorted_segment_sum(arriving, np.concatenate([below, below + 1]), self.num_nodes)
        return tf.reshape(tf.linalg.matrix_transpose(summed), tf.shape(mass))


def check_mass(mass: np.ndarray, nodes: tuple[int, ...]) -> None:
    """Refuses mass [..., E, *nodes] that is empty, negative, not finite or does not sum to one.

    Raises:
      CalibrationError: saying which.
    """
    last = len(nodes)
    if mass.ndim < last + 1 or mass.shape[-last:] != nodes or mass.size == 0:
        raise CalibrationError(
            f"the histogram has the shape {mass.shape}; expected [..., E, {', '.join(map(str, nodes))}] with mass in it"
        )
    if not np.isfinite(mass).all() or mass.min() < 0:
        raise CalibrationError("the histogram holds NaN, infinite or negative mass; expected shares of firms")
    total = mass.sum(tuple(range(-last - 1, 0)))
    worst = total.flat[np.argmax(np.abs(total - 1))]
    if abs(worst - 1) > 1e-8:
        raise CalibrationError(f"the mass in the histogram sums to {worst:.6g}; expected 1")


def around(nodes: np.ndarray, values: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], ...]:
    """Index and share of the nodes below and above values [...]."""
    points = tf.constant(nodes, values.dtype)
    inside = tf.clip_by_value(values, points[0], points[-1])
    below = _last_below(points, inside)
    low, high = tf.gather(points, below), tf.gather(points, below + 1)
    share = (inside - low) / (high - low)
    return (below, 1 - share), (below + 1, share)


def _last_below(points: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """Index of the last of the points [n] that is not above a value, at most n - 2; values [...] between their ends.

    By bisection: XLA's own search compares every value with every point.
    """
    last = points.shape[0] - 2
    below = tf.zeros(tf.shape(inside), tf.int32)
    for power in reversed(range(last.bit_length())):
        place = below + 2**power
        reached = (place <= last) & (tf.gather(points, tf.minimum(place, last)) <= inside)
        below = tf.where(reached, place, below)
    return below


def gathered(mass: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """Mass [..., H] that went from each node to the place of another, [..., H]."""
    first = tf.reshape(tf.range(tf.size(mass) // mass.shape[-1]) * mass.shape[-1], (*mass.shape[:-1], 1))
    arriving = tf.zeros((tf.size(mass),), mass.dtype)
    arriving = tf.tensor_scatter_nd_add(arriving, tf.reshape(first + place, (-1, 1)), tf.reshape(mass, (-1,)))
    return tf.reshape(arriving, tf.shape(mass))
