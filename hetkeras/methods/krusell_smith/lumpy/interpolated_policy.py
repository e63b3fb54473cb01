"""Choices of firms read off a table over mean capital and price."""

from __future__ import annotations

import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.methods.krusell_smith.lumpy.grid_policy import GridOutlook, GridPolicy
from hetkeras.methods.krusell_smith.lumpy.grid_value import GridValue


class InterpolatedPolicy(GridPolicy):
    """Interpolated policy (Yokomoto 2026, Algorithm 3): best targets tabulated over (K, p), linear in between.

    Prices are tabulated relative to the expected one, since that is where they will be sought.

    Args:
      grid: the value function.
      num_prices: nodes of the price.
      width: relative half-width of the tabulated prices; beyond it the nearest node counts.
    """

    def __init__(self, grid: GridValue, num_prices: int = 41, width: float = 0.05) -> None:
        super().__init__(grid)
        self.width = width
        self.prices = tf.linspace(tf.constant(-width, tf.float64), width, num_prices)
        self.table = tf.Variable(tf.zeros((*grid.targets.shape, num_prices), tf.float64), trainable=False)

    @compiled
    def tabulate(self) -> None:
        """Fills the table [A, E, K, prices] from the present value function."""
        firms, weights = self.grid.environment()
        carried = self.grid.carried(self.grid.values.value(), weights)[..., None, :]
        prices = firms.price * (1 + self.prices)  # [A, 1, K, prices]
        spread = tf.broadcast_to(carried, (*self.table.shape, carried.shape[-1]))
        self.table.assign(self.grid.spline.maximize(spread, prices))

    def target(self, outlook: GridOutlook, price: tf.Tensor) -> tf.Tensor:
        expected = self.forecast(outlook.aggregate, outlook.mean_capital)[1]
        step = self.prices[1] - self.prices[0]
        position = (price / expected - 1 + self.width) / step
        nodes = tf.range(len(self.prices), dtype=price.dtype)
        inside = tf.clip_by_value(position, 0.0, nodes[-1])[:, None]
        by_price = tf.maximum(1 - tf.abs(inside - nodes), 0.0)
        by_capital = self.grid.interpolation(outlook.mean_capital)
        tables = tf.gather(self.table.value(), outlook.aggregate)
        return tf.einsum("bekp,bk,bp->be", tables, by_capital, by_price)
