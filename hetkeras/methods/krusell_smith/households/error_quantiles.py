"""Quantiles of Euler errors, as TensorBoard shows them."""

from __future__ import annotations

import numpy as np

QUANTILES = 50, 95, 99


def error_quantiles(errors: np.ndarray) -> dict[str, float]:
    """By name, of errors of any shape."""
    return {f"euler_error_q{each}": float(np.quantile(errors, each / 100)) for each in QUANTILES}
