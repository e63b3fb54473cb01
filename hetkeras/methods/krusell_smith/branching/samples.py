"""States of firms with branches, as networks take them. Axes: B rows or economies, P pairs of capital and labor."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class BranchSample(NamedTuple):
    """States on which a step trains, [B] each; noise: relative distance of the price to the expected one.

    In the first half there is no noise: there the value is trained.
    """

    aggregate: tf.Tensor
    mean_capital: tf.Tensor
    capital: tf.Tensor
    lagged_labor: tf.Tensor
    noise: tf.Tensor

    @property
    def at_expected_price(self) -> BranchSample:
        """The first half."""
        return BranchSample(*(part[: part.shape[0] // 2] for part in self))


class BranchOutlook(NamedTuple):
    """aggregate: indices [B]; mean_capital: K [B]; inhabited: nodes where there are firms, [H, L], or None for all."""

    aggregate: tf.Tensor
    mean_capital: tf.Tensor
    inhabited: tf.Tensor | None


def paired(outlook: BranchOutlook, noise: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor) -> BranchSample:
    """Rows of all pairs [P] of capital and labor in all economies [B], of each economy its pairs in turn: [B P]."""
    pairs, economies = tf.size(capital), tf.size(outlook.mean_capital)
    economy = outlook.aggregate, tf.cast(outlook.mean_capital, tf.float32)
    aggregate, mean_capital = (tf.repeat(x, pairs) for x in economy)
    capital, labor = (tf.tile(x, [economies]) for x in (capital, labor))
    return BranchSample(aggregate, mean_capital, capital, labor, tf.repeat(tf.cast(noise, tf.float32), pairs))
