"""Choices of firms with branches out of a value function on grids, at any price."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.contracts.branching_firms import BRANCHES, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.grid_choice import grid_choice
from hetkeras.methods.krusell_smith.branching.grid_value import BranchingGrid
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.method import BranchingMethod
from hetkeras.methods.krusell_smith.branching.pair_search import pair_search


class GridBranchOutlook(NamedTuple):
    """carried: beta E V' of ending with (k', n), [B, E, H, L]; aggregate: productivity, a level, [B]."""

    carried: tf.Tensor
    aggregate: tf.Tensor


class BranchingGridPolicy(BranchingMethod, tf.Module):
    """Exact maximisation anew at each price over nodes; values are linear between those of the grid.

    Args:
      grid: the value function.
      histogram: nodes to choose from; default: those of the grid.
    """

    def __init__(self, grid: BranchingGrid, histogram: JointHistogram | None = None) -> None:
        super().__init__()
        self.grid, self.histogram = grid, histogram or grid.histogram
        self._between = grid.histogram.weights(*map(tf.constant, (self.histogram.capital, self.histogram.labor)))
        self.expected = tf.Variable(tf.zeros_like(grid.values), trainable=False)  # E V' [A, K, E, H, L]

    @compiled
    def tabulate(self) -> None:
        """Takes over the present value function."""
        self.expected.assign(self.grid.expected(self.grid.values.value()))

    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return self.grid.rules(aggregate, mean_capital)

    def outlook(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, inhabited: tf.Tensor | None = None
    ) -> GridBranchOutlook:
        del inhabited  # running maxima need all nodes
        levels = tf.constant(self.grid.model.aggregate_chain.values, self.grid.dtype)
        return GridBranchOutlook(self._carried(aggregate, mean_capital), tf.gather(levels, aggregate))

    def choose(self, outlook: GridBranchOutlook, price: tf.Tensor) -> FirmChoice:
        return self.unpacked(self.packed(outlook, price))

    def packed(self, outlook: GridBranchOutlook, price: tf.Tensor) -> tf.Tensor:
        """One integer for branch and nodes of capital and labor, [B, E, H, L]."""
        nodes = self.histogram.capital, self.histogram.labor
        price = tf.cast(price, outlook.carried.dtype)
        chosen = grid_choice(self.grid.model, outlook.carried, outlook.aggregate, price, nodes)
        capital, labor = self.histogram.shape
        return (chosen.branch * capital + chosen.capital_next) * labor + chosen.labor

    def blank(self, mass: tf.Tensor) -> tf.Tensor:
        return tf.zeros_like(mass, tf.int32)

    def unpacked(self, packed: tf.Tensor) -> FirmChoice:
        capital, labor = self.histogram.shape
        upper, labor_node = packed // labor, packed % labor
        digits = tf.gather(tf.constant(BRANCHES, tf.float64), upper // capital)
        places = (self.histogram.capital, upper % capital), (self.histogram.labor, labor_node)
        return FirmChoice(*(tf.gather(*place) for place in places), *tf.unstack(digits, axis=-1))

    def moved(self, mass: tf.Tensor, packed: tf.Tensor) -> tf.Tensor:
        return self.histogram.gathered(mass, packed % np.prod(self.histogram.shape, dtype=np.int32))

    def choose_firms(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, price: tf.Tensor, firm: FirmState
    ) -> tuple[tf.Tensor, FirmChoice]:
        model = self.grid.model
        levels = tf.constant(model.aggregate_chain.values, price.dtype)

        def one(row: tuple[tf.Tensor, ...]) -> FirmChoice:
            index, mean, price, *own = row
            firm = FirmState(*own)
            carried = tf.cast(
                self._carried(index[None], mean[None])[0, model.idiosyncratic_index(firm.idiosyncratic)], price.dtype
            )
            return pair_search(model, self.histogram, carried, tf.gather(levels, index), price, firm)[1]

        rows = (aggregate, mean_capital, price, *firm)
        found = tf.map_fn(one, rows, fn_output_signature=FirmChoice(*[price.dtype] * 4))
        branch = tf.cast(found.adjusts_capital + 2 * found.adjusts_labor, tf.int32)
        return tf.one_hot(branch, len(BRANCHES), dtype=price.dtype), found

    def worth(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, firm: FirmState) -> tf.Tensor:
        by_capital, by_labor = self.histogram.weights(firm.capital, firm.lagged_labor)

        def one(row: tuple[tf.Tensor, ...]) -> tf.Tensor:
            index, mean, own, *weights = row
            values = tf.cast(self.values(index[None], mean[None])[0, own], mean.dtype)
            return tf.einsum("hl,h,l->", values, *weights)

        rows = (aggregate, mean_capital, self.grid.model.idiosyncratic_index(firm.idiosyncratic), by_capital, by_labor)
        return tf.map_fn(one, rows, fn_output_signature=mean_capital.dtype)

    def values(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        weights = self.grid.knots.weights(mean_capital)
        return self._at_nodes(tf.einsum("bj,bjehl->behl", weights, tf.gather(self.grid.values, aggregate)))

    def continuation(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        return self._carried(aggregate, mean_capital)

    def _carried(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        weights = self.grid.knots.weights(self.forecast(aggregate, mean_capital)[0])
        expected = tf.einsum("bj,bjehl->behl", weights, tf.gather(self.expected, aggregate))
        return self.grid.model.discount_factor * self._at_nodes(expected)

    def _at_nodes(self, values: tf.Tensor) -> tf.Tensor:
        """Values at the nodes of the histogram from those at the nodes of the grid, [..., H, L]."""
        if self.histogram.shape == values.shape[-2:]:
            return values
        capital, labor = (tf.cast(weights, values.dtype) for weights in self._between)
        return tf.einsum("behl,kh,nl->bekn", values, capital, labor)
