"""Distribution of firms over productivity, capital and labor on fixed nodes (Young 2010, in two dimensions)."""

from __future__ import annotations

from typing import Self

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.histogram import around, check_mass, gathered


class JointHistogram:
    """H nodes of capital times L of labor; a firm between nodes counts at the four around it, so that means are kept.

    Args:
      capital: [H], rising from above 0.
      labor: [L], rising from above 0.

    Raises:
      CalibrationError: if there are fewer than two nodes of either, or they do not rise.
    """

    def __init__(self, capital: np.ndarray, labor: np.ndarray) -> None:
        for name, nodes in (("capital", capital), ("labor", labor)):
            if len(nodes) < 2 or not nodes[0] > 0 or not (np.diff(nodes) > 0).all():
                raise CalibrationError(
                    f"a histogram got {len(nodes)} nodes of {name} from {nodes[:1]} to {nodes[-1:]}; expected at "
                    "least 2 that rise from above 0"
                )
        self.capital, self.labor = np.asarray(capital, np.float64), np.asarray(labor, np.float64)

    @classmethod
    def of(cls, model: BranchingFirms, finer: tuple[int, int] = (1, 1)) -> Self:
        """The nodes of a model, with each step between nodes of capital and of labor cut in `finer` even in logs.

        Raises:
          CalibrationError: if a step would be cut in less than one.
        """
        if min(finer) < 1:
            raise CalibrationError(f"a histogram {finer} times as fine was asked for; expected 1 or more for each")
        return cls(*map(_cut, (model.capital_nodes, model.labor_nodes), finer))

    @property
    def shape(self) -> tuple[int, int]:
        """(H, L)."""
        return len(self.capital), len(self.labor)

    def pairs(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Capital and labor at all nodes in single precision, [H L] each."""
        (height, width), single = self.shape, tf.float32
        return tf.repeat(tf.constant(self.capital, single), width), tf.tile(tf.constant(self.labor, single), [height])

    def uniform(self, num_states: int) -> np.ndarray:
        """Returns equal mass everywhere, [E, H, L]."""
        shape = (num_states, *self.shape)
        return np.full(shape, 1 / np.prod(shape))

    def check(self, mass: np.ndarray) -> None:
        """Refuses mass [..., E, H, L] that is empty, negative, not finite or does not sum to one.

        Raises:
          CalibrationError: saying which.
        """
        check_mass(mass, self.shape)

    def weights(self, capital: tf.Tensor, labor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Weights of the nodes that interpolate at capital and labor [...]: [..., H] and [..., L]."""
        spread = []
        for nodes, values in ((self.capital, capital), (self.labor, labor)):
            sides = around(nodes, values)
            spread.append(sum(tf.one_hot(place, len(nodes), dtype=values.dtype) * s[..., None] for place, s in sides))
        return tuple(spread)

    def between(self, values: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        """Values [B, E, H, L] at the nodes, read linearly at capital and labor [B, E, H, L]: [B, E, H, L].

        Beyond the ends a firm counts at the end.
        """
        rows, columns = around(self.capital, capital), around(self.labor, labor)
        flat = (*values.shape[:-2], int(np.prod(self.shape)))
        table, total = tf.reshape(values, flat), tf.zeros_like(capital)
        for row, up in rows:
            for column, right in columns:
                places = tf.reshape(row * self.shape[1] + column, flat)
                total += up * right * tf.reshape(tf.gather(table, places, batch_dims=len(flat) - 1), total.shape)
        return total

    def moved(self, mass: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        """Mass [B, E, H, L] after the firms at each node went to capital and labor of their own: [B, E, H, L].

        Beyond the ends a firm counts at the end.
        """
        rows, columns = around(self.capital, capital), around(self.labor, labor)
        return sum(
            self.gathered(mass * up * right, row * self.shape[1] + column)
            for row, up in rows
            for column, right in columns
        )

    def gathered(self, mass: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
        """Mass [B, E, H, L] that went from each node to a place among the H L nodes, capital first: [B, E, H, L]."""
        flat = (*mass.shape[:-2], int(np.prod(self.shape)))
        return tf.reshape(gathered(tf.reshape(mass, flat), tf.reshape(place, flat)), tf.shape(mass))


def _cut(nodes: np.ndarray, parts: int) -> np.ndarray:
    """Cuts each step between nodes in parts; the nodes themselves stay to the bit."""
    factors = (nodes[1:] / nodes[:-1])[:, None] ** (np.arange(parts) / parts)
    return np.append(nodes[:-1, None] * factors, nodes[-1])
