"""Nodes of assets, close together near the borrowing limit, and lines between values on them."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def asset_nodes(limit: float, greatest: float, count: int, pivot: float) -> np.ndarray:
    """Nodes from the limit up, [H]: even in the log of what exceeds the limit by more than minus the pivot."""
    nodes = np.geomspace(pivot, greatest - limit + pivot, count) - pivot + limit
    nodes[[0, -1]] = limit, greatest  # to the bit
    return nodes


def on_lines(places: tf.Tensor, values: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """Values [E, H] at rising places [E, H], read linearly at points [E, N]: [E, N]; beyond the ends lines go on."""
    above = tf.clip_by_value(tf.searchsorted(places, at, side="right"), 1, places.shape[1] - 1)
    left, right = (tf.gather(places, above - shift, batch_dims=1) for shift in (1, 0))
    low, high = (tf.gather(values, above - shift, batch_dims=1) for shift in (1, 0))
    return low + (high - low) * ((at - left) / (right - left))
