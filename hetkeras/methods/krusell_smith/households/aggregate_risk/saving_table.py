"""Where households go from each node of the distribution: a policy as a table, which any simulation can read.

Axes: A aggregate and E idiosyncratic states, J knots of mean capital, H nodes of assets.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.numerics.chebyshev_nodes import ChebyshevNodes


class SavingTable(tf.Module):
    """Assets next period at nodes of assets and knots of mean capital; between these a polynomial through all of them.

    Args:
      model: the economics.
      nodes: of assets, [H].
      num_knots: J.
    """

    def __init__(self, model: AggregateRiskHouseholds, nodes: np.ndarray, num_knots: int) -> None:
        super().__init__()
        self.nodes, self.capital = nodes, capital_nodes(model, num_knots)
        sizes = model.aggregate_chain.num_states, num_knots, model.idiosyncratic_chain.num_states, len(nodes)
        self.assets_next = tf.Variable(tf.zeros(sizes, tf.float64), trainable=False)  # [A, J, E, H]

    def like(self, other: SavingTable) -> bool:
        """Whether both are over the same places."""
        alike = self.assets_next.shape == other.assets_next.shape
        return alike and np.array_equal(self.nodes, other.nodes)

    def places(self) -> tuple[np.ndarray, ...]:
        """Indices of own states, assets, indices of aggregate states and mean capital in the table, [A, J, E, H]."""
        sizes = [np.arange(size) for size in self.assets_next.shape[:-1]]
        state, knot, own, assets = np.meshgrid(*sizes, self.nodes, indexing="ij")
        return own, assets, state, self.capital.nodes[knot]

    def __call__(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        """Assets next period of households at the nodes, [B, E, H], at indices and mean capital [B]."""
        weights = self.capital.basis(mean_capital)
        return tf.einsum("bj,bjeh->beh", weights, tf.gather(self.assets_next.value(), aggregate))


def capital_nodes(model: AggregateRiskHouseholds, num_knots: int) -> ChebyshevNodes:
    """Nodes over the range of mean capital."""
    return ChebyshevNodes(*model.mean_capital_bounds, num_knots)
