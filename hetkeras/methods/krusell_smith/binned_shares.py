"""Shares of firms in bins, for figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

RATES = np.round(np.arange(-0.5, 1.2001, 0.05), 2)  # bins of investment rates; the outer ones are open


def binned_shares(edges: np.ndarray, groups: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    """The share of firms in each bin, a column a group; the outer bins are open.

    Args:
      edges: of the bins, [N + 1], rising.
      groups: name -> what firms have, and how many they are as a share of all, of one shape.

    Returns:
      low, high and each group, [N].
    """
    ends = {"low": edges[:-1], "high": edges[1:]}
    return ends | {
        name: np.histogram(np.clip(values, edges[0], edges[-1]), edges, weights=mass)[0]
        for name, (values, mass) in groups.items()
    }
