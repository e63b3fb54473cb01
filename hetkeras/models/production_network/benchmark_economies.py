"""Sectors whose planner is known exactly, as fields of `models.ProductionNetwork`: to measure solutions by."""

from __future__ import annotations

from typing import Any

import numpy as np


def small_table(num_sectors: int = 3, num_factors: int = 1, seed: int = 0) -> dict[str, Any]:
    """Sectors that differ in everything; some links are worth having, some are not.

    Two or three sectors have a planner on a grid.
    """
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.1, 0.4, (num_sectors, num_sectors))
    consumption = rng.uniform(0.5, 1, num_sectors)
    fields = {
        "shares": 0.6 * shares / shares.sum(1, keepdims=True),
        "consumption_shares": consumption / consumption.sum(),
        "mean_productivity": np.linspace(-0.25, 0.1, num_sectors),
        "productivity_loadings": 0.1 * rng.uniform(-0.5, 1, (num_sectors, num_factors)),
        "sector_penalty": rng.uniform(0.5, 1, num_sectors),
        "link_penalty": rng.uniform(1, 2, (num_sectors, num_sectors)),
    }
    return {"num_sectors": num_sectors, "num_factors": num_factors} | _flat(fields)


def star_table(num_sectors: int = 37) -> dict[str, Any]:
    """One hub, sector 0, that may buy from all others, which are alike: known whatever the risk aversion."""
    suppliers = num_sectors - 1
    shares = np.zeros((num_sectors, num_sectors))
    shares[0, 1:] = 0.6 / suppliers
    fields = {
        "shares": shares,
        "consumption_shares": (0.3, *[0.7 / suppliers] * suppliers),
        "mean_productivity": (0.0, *[-0.25] * suppliers),
        "productivity_loadings": (0.1,),
    }
    return {"num_sectors": num_sectors, "num_factors": 1, "reversion": 0.3} | _flat(fields)


def bipartite_table(num_sectors: int = 3, users: int = 1, seed: int = 0) -> dict[str, Any]:
    """The first sectors buy from each of the others, all from themselves: links are worth something on their own.

    At a risk aversion of one and without a penalty of sectors, which it sets, that is exact.
    """
    rng, suppliers = np.random.default_rng(seed), num_sectors - users
    shares = np.diag(rng.uniform(0, 0.2, num_sectors))
    shares[:users, users:] = 0.5 * rng.dirichlet(np.ones(suppliers), users)
    means = np.linspace(-0.02, 0.15, num_sectors)
    alone = {"risk_aversion": 1.0, "sector_penalty": (0.0,)} | _flat({"shares": shares, "mean_productivity": means})
    return small_table(num_sectors, 1, seed) | alone


def _flat(fields: dict[str, Any]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(np.ravel(part).tolist()) for name, part in fields.items()}
