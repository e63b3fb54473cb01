"""Choices of firms out of a value function on grids, at any price."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from hetkeras.methods.krusell_smith.lumpy.grid_value import GridValue
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy


class GridOutlook(NamedTuple):
    """carried: beta E V' at the knots, [B, E, n]; aggregate: indices [B]; mean_capital: K [B]."""

    carried: tf.Tensor
    aggregate: tf.Tensor
    mean_capital: tf.Tensor


class GridPolicy(FirmPolicy):
    """Direct maximisation (Yokomoto 2026, Algorithm 2): the best target anew at each price, here in closed form."""

    def __init__(self, grid: GridValue) -> None:
        self.grid = grid

    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return self.grid.rules(aggregate, mean_capital)

    def outlook(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> GridOutlook:
        following = self.forecast(aggregate, mean_capital)[0]
        expected = tf.gather(self.grid.expected(self.grid.values.value()), aggregate)
        carried = tf.einsum("bj,bejk->bek", self.grid.interpolation(following), expected)
        return GridOutlook(self.grid.model.discount_factor * carried, aggregate, mean_capital)

    def continuation(self, outlook: GridOutlook, capital_next: tf.Tensor) -> tf.Tensor:
        return tf.einsum("bek,bpk->bep", outlook.carried, self.grid.spline.basis(capital_next))

    def target(self, outlook: GridOutlook, price: tf.Tensor) -> tf.Tensor:
        return self.grid.spline.maximize(outlook.carried, price[:, None])
