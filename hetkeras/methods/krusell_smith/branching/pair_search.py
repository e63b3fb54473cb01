"""The best choice of a firm that need not be at a node: all pairs of nodes and of what it keeps, one by one."""

from __future__ import annotations

import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram

SAME = 1e-6  # relative distance to what a firm keeps below which a node is no adjustment: states may come in float32


def pair_search(
    model: BranchingFirms,
    histogram: JointHistogram,
    carried: tf.Tensor,
    aggregate: tf.Tensor,
    price: tf.Tensor,
    firm: FirmState,
) -> tuple[tf.Tensor, FirmChoice]:
    """Returns the value and the choice of one firm, scalars; of equals the one that keeps more.

    Args:
      model: the economics.
      histogram: nodes to choose from.
      carried: beta E V' at the nodes for the firm's productivity, [H, L]; linear in between.
      aggregate, price: scalars.
      firm: scalars.
    """
    kept = model.kept_capital(firm.capital), model.kept_labor(firm.lagged_labor)
    by_capital, by_labor = histogram.weights(*kept)
    rows = tf.concat([tf.linalg.matvec(carried, by_capital, transpose_a=True)[None], carried], 0)  # [1 + H, L]
    values = tf.concat([tf.linalg.matvec(rows, by_labor)[:, None], rows], 1)  # [1 + H, 1 + L]
    nodes = (tf.constant(nodes, carried.dtype) for nodes in (histogram.capital, histogram.labor))
    capital, labor = (tf.concat([own[None], each], 0) for own, each in zip(kept, nodes, strict=True))
    adjusts = (tf.cast(tf.range(tf.size(each)) > 0, carried.dtype) for each in (capital, labor))
    choice = FirmChoice(capital[:, None], labor, *(a if i else a[:, None] for i, a in enumerate(adjusts)))
    open_to = _is_alternative(capital)[:, None] & _is_alternative(labor)
    totals = tf.where(open_to, model.payoff(firm, choice, aggregate, price) + values, carried.dtype.min)
    totals = tf.reshape(totals, (-1,))
    best = tf.argmax(totals, output_type=tf.int32)
    places = best // tf.size(labor), best % tf.size(labor)
    digits = (tf.cast(place > 0, carried.dtype) for place in places)
    return totals[best], FirmChoice(tf.gather(capital, places[0]), tf.gather(labor, places[1]), *digits)


def _is_alternative(levels: tf.Tensor) -> tf.Tensor:
    """Whether each level is what is kept, the first, or tells from it."""
    return (tf.range(tf.size(levels)) == 0) | (tf.abs(levels / levels[0] - 1) > SAME)
