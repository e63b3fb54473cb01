"""What households consume while a solve goes on, as a picture for TensorBoard."""

from __future__ import annotations

import numpy as np


def consumption_picture(assets: np.ndarray, consumption: np.ndarray) -> np.ndarray:
    """Draws consumption by assets, a line for each own state.

    Args:
      assets: [H].
      consumption: [E, H].
    """
    from hetkeras.report.parts.pictures import curves_picture  # matplotlib, for who draws

    curves = {f"own state {number}": row for number, row in enumerate(consumption, 1)}
    return curves_picture(assets, curves, ("assets", "consumption"))
