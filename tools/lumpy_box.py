"""Khan and Thomas over a box of two parameters: what is solved at each calibration, and the moments that are taken."""

from __future__ import annotations

import hetkeras as hk
from tools.measured.monte_carlo import FIRMS, YEARS

BOUNDS = {"largest_cost": (0.004, 0.02), "idiosyncratic_volatility": (0.015, 0.03)}
OPTIONS = {"method": "grid", "reference": False, "pairs": 0}


def moments(solution: hk.LoadedSolution, seed: int) -> dict[str, float]:
    """Means of capital and price, and moments of a panel of firms and of the business cycle."""
    path = hk.simulate(solution, periods=2_000, seed=seed)
    levels = {"mean_capital": float(path["mean_capital"].mean()), "mean_price": float(path["price"].mean())}
    return levels | hk.moments(solution, periods=YEARS, firms=FIRMS, seed=seed)
