"""The best choices of firms with branches on grids of capital and labor, without trying all pairs (eqs. 46-50).

Given the labor chosen, what the best k' is worth depends on today's capital but not on lagged labor, since a fixed
cost is a share of output, y(k, n): first k' is chosen for each (k, n), then n for each (k, n_-1). Beyond the fixed cost
the costs of moving are linear on either side of what remains, so that each choice is two running maxima of

    value(x') - slope x'      from the top down to what remains, and from the bottom up to it.

Nothing is approximated: all pairs of nodes are compared. Axes: E productivities, H and L nodes of capital and labor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.errors import CalibrationError

ROUNDING = 1e-9  # relative distance of what remains to a node that is taken for none


class GridChoice(NamedTuple):
    """Best choices at the nodes of k and n_-1.

    value: V in marginal utility; branch: index into BRANCHES; capital_next and labor: indices of nodes; [..., E, H, L].
    """

    value: tf.Tensor
    branch: tf.Tensor
    capital_next: tf.Tensor
    labor: tf.Tensor


class _Move(NamedTuple):
    """value of the best node net of linear costs, and its index: [..., J] by the node of origin."""

    value: tf.Tensor
    node: tf.Tensor


def grid_choice(
    model: BranchingFirms,
    carried: tf.Tensor,
    aggregate: tf.Tensor,
    price: tf.Tensor,
    nodes: tuple[np.ndarray, np.ndarray] | None = None,
) -> GridChoice:
    """Chooses branch, k' and n of firms at all nodes.

    Args:
      model: the economics.
      carried: beta E V' of ending the period with (k', n), [..., E, H, L]; its precision counts.
      aggregate: productivity, a level, [...].
      price: [...].
      nodes: of capital [H] and labor [L]; default: those of the model.

    Raises:
      CalibrationError: if what remains of a node is neither a node nor below all of them.
    """
    dtype, nodes = carried.dtype, nodes or (model.capital_nodes, model.labor_nodes)
    capital = _Axis("capital", nodes[0], model.depreciated_capital, -2, dtype)
    labor = _Axis("labor", nodes[1], model.remaining_labor, -1, dtype)
    price, aggregate = (tensor[..., None, None, None] for tensor in (price, aggregate))
    productivity = tf.constant(model.idiosyncratic_chain.values, dtype)[:, None, None]
    output = model.output(productivity, capital.nodes, labor.nodes, aggregate)
    fixed_capital, fixed_labor = (share * price * output for share in model.fixed_costs)  # by (k, n)

    slopes = model.marginal_capital_cost(price)
    moved = capital.moved(carried, slopes)
    invested = _better(capital.kept(carried, slopes), _Move(moved.value - fixed_capital, moved.node))
    reached = invested.value + price * output - model.labor_disutility(labor.nodes)  # with the best k', by (k, n)

    slopes = model.marginal_labor_cost(price)
    hired = _better(labor.kept(reached, slopes), labor.moved(reached - fixed_labor, slopes))
    capital_next = tf.gather(invested.node, hired.node, batch_dims=len(hired.node.shape) - 1)
    branch = tf.cast(capital_next != capital.rest, tf.int32) + 2 * tf.cast(hired.node != labor.rest, tf.int32)
    return GridChoice(hired.value, branch, capital_next, hired.node)


def _better(kept: _Move, moved: _Move) -> _Move:
    """The better of the two; of equals the one that is kept. NaN is the best of all: maxima of XLA may pass over it."""
    moves = (moved.value > kept.value) | tf.math.is_nan(moved.value)
    return _Move(tf.where(moves, moved.value, kept.value), tf.where(moves, moved.node, kept.node))


class _Axis:
    """Moves along one axis of nodes, from what remains of each. Indices and nodes broadcast along that axis.

    Args:
      name: for messages.
      nodes: [J], rising.
      remains: what is left of each node before any adjustment: a node, or less than the lowest.
      axis: of values on the nodes, -1 or -2.
      dtype: of the results.
    """

    def __init__(
        self, name: str, nodes: np.ndarray, remains: Callable[[tf.Tensor], tf.Tensor], axis: int, dtype: tf.DType
    ) -> None:
        with tf.init_scope():  # numbers, also while a graph is traced
            remaining = remains(tf.constant(nodes, tf.float64)).numpy()
        self._first = np.searchsorted(nodes, remaining * (1 - ROUNDING))  # that is not below what remains
        above = nodes[self._first] > remaining * (1 + ROUNDING)
        between = above & (self._first > 0)
        if between.any():
            raise CalibrationError(
                f"{name} of {nodes[between][0]:.6g} leaves {remaining[between][0]:.6g}, which is between two nodes; "
                "expected a node, so that firms that do not adjust stay on the grid"
            )
        along = (-1,) + (1,) * (-axis - 1)
        held = np.where(above, nodes[self._first] - remaining, 0.0)  # what holding at the lowest node takes
        self._axis, self.rest = axis, tf.constant(self._first.reshape(along), tf.int32)
        self.nodes, self._remaining, self._held = (
            tf.constant(x.reshape(along), dtype) for x in (nodes, remaining, held)
        )
        self._indices = tf.reshape(tf.range(len(nodes)), along)

    def kept(self, values: tf.Tensor, slopes: tuple[tf.Tensor, tf.Tensor]) -> _Move:
        """What ending at the nodes is worth to firms that do not adjust."""
        return _Move(tf.gather(values, self._first, axis=self._axis) - slopes[0] * self._held, self.rest)

    def moved(self, values: tf.Tensor, slopes: tuple[tf.Tensor, tf.Tensor]) -> _Move:
        """The best node for firms that adjust, where ending at each is worth the values."""
        above, below = slopes
        up = self._running_best(values - above * self.nodes, self._first, upwards=False)
        down = self._running_best(values - below * self.nodes, np.maximum(self._first - 1, 0), upwards=True)
        raised = up.value + above * self._remaining
        lowered = tf.where(self.rest > 0, down.value + below * self._remaining, raised)
        return _better(_Move(raised, up.node), _Move(lowered, down.node))

    def _running_best(self, values: tf.Tensor, starts: np.ndarray, upwards: bool) -> _Move:
        """The highest of the values from the bottom up to each start, or from the top down to it."""
        moves = _Move(values, tf.broadcast_to(self._indices, tf.shape(values)))
        axes = list(range(values.shape.rank))
        order = [axes.pop(self._axis), *axes]  # nodes first
        best = tf.scan(_better, _Move(*(tf.transpose(part, order) for part in moves)), reverse=not upwards)
        return _Move(*(tf.transpose(tf.gather(part, starts), np.argsort(order)) for part in best))
