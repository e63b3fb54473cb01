"""Data of firms, drawn apart from what estimates them: the policy by the Euler equation, firms year by year from rest.

Nothing here is shared with docs/examples/estimation: capital solves E[alpha z' k'^(alpha - 1)] = r + delta by root
finding on nodes of log z, the expectation is a quadrature, and firms begin alike, long before they are observed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import elementwise

INTEREST, DEPRECIATION = 0.04, 0.15
BURN_IN = 100
NODES, WIDTH = 41, 8.0  # of log z, over so many of its standard deviations to both sides
QUADRATURE = 15


def plants(
    truth: Mapping[str, float], firms: int, years: int, seed: list[int], adjustment: float = 1.0
) -> dict[str, np.ndarray]:
    """Log capital and log income of firms over years, [N, T + 1].

    Args:
      truth: curvature alpha, persistence rho and volatility sigma.
      firms, years: N, and T of investment.
      seed: of the shocks.
      adjustment: share of the way to the frictionless capital, in logs, that a firm goes in a year; 1 without friction.
    """
    nodes, chosen = frictionless(truth)
    generator = np.random.default_rng(seed)
    productivity, capital = np.zeros(firms), np.full(firms, np.interp(0.0, nodes, chosen))
    seen = []
    for _ in range(BURN_IN + years + 1):
        capital = capital + adjustment * (np.interp(productivity, nodes, chosen) - capital)  # chosen the year before
        productivity = truth["persistence"] * productivity + truth["volatility"] * generator.standard_normal(firms)
        seen.append((capital, productivity + truth["curvature"] * capital))
    capital, income = np.stack(seen[BURN_IN:], -1)
    return {"log_capital": capital, "log_income": income}


def frictionless(truth: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of log z, and the log of next year's capital there."""
    curvature, persistence, volatility = (truth[name] for name in ("curvature", "persistence", "volatility"))
    nodes = np.linspace(-1, 1, NODES) * WIDTH * volatility / np.sqrt(1 - persistence**2)
    points, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE)
    following = np.exp(persistence * nodes[:, None] + volatility * points) @ (weights / weights.sum())

    def surplus(log_capital: np.ndarray, productivity: np.ndarray) -> np.ndarray:
        """Return of capital over its cost, less one."""
        return curvature * productivity * np.exp((curvature - 1) * log_capital) / (INTEREST + DEPRECIATION) - 1

    found = elementwise.find_root(surplus, (np.full(NODES, -60.0), np.full(NODES, 60.0)), args=(following,))
    if not found.success.all():
        raise ArithmeticError("no capital solves the Euler equation somewhere")
    return nodes, found.x
