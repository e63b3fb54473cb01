"""Who adjusts capital, how firms are spread over it, and by how much they invest, at the end of a path.

The economy is in the middle of its aggregate states, uncertainty is low and was, and the price is what firms expect.
Axes: E productivities, H and L nodes of capital and labor.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.binned_shares import RATES, binned_shares
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.policy_slices import calm_states

SEEN = 1e-9  # share of firms below which a node counts as empty


def branch_distributions(
    model: BranchingFirms, policy: LoadedBranchPolicy, mass: np.ndarray
) -> dict[str, Mapping[str, np.ndarray]]:
    """Tables of the probability of adjusting by capital, of capital, and of investment rates.

    Args:
      model: the economics.
      policy: of a solution.
      mass: distribution of firms, [E, H, L].

    Returns:
      adjustment_slice: capital, and adjusting_1, ... by productivity, mean over the labor of firms there, or over that
      of all firms of the productivity where there are none; capital_distribution: low, high, share, a bin for each
      node; investment_rates: low, high, adjusting, waiting.
    """
    capital, mass = policy.histogram.capital, np.maximum(mass, 0.0)
    calm = calm_states(model)
    economy = tf.constant([calm[len(calm) // 2]]), tf.constant([(mass.sum((0, 2)) * capital).sum()])
    choice = policy.choose(policy.outlook(*economy), policy.forecast(*economy)[1])
    adjusts = choice.adjusts_capital.numpy()[0] > 0
    remaining = model.depreciated_capital(tf.constant(capital)).numpy()[:, None]
    rate = np.where(adjusts, choice.capital_next.numpy()[0] - remaining, 0.0) / capital[:, None]
    there = np.where(mass.sum(-1, keepdims=True) > SEEN, mass, mass.sum(1, keepdims=True))
    shares = (there * adjusts).sum(-1) / there.sum(-1)
    middles = np.sqrt(capital[1:] * capital[:-1])
    edges = np.concatenate([capital[:1], middles, capital[-1:]])
    return {
        "adjustment_slice": {"capital": capital, **{f"adjusting_{e}": row for e, row in enumerate(shares, 1)}},
        "capital_distribution": binned_shares(edges, {"share": (capital, mass.sum((0, 2)))}),
        "investment_rates": binned_shares(
            RATES, {"adjusting": (rate, mass * adjusts), "waiting": (rate, mass * ~adjusts)}
        ),
    }
