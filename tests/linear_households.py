"""First-order responses of capital to productivity, by an independent library: sequence-jacobian.

Auclert, Bardoczy, Rognlie and Straub (2021), "Using the sequence-space Jacobian". The library reads the sources of the
functions below, and the names in them.
"""
# ruff: noqa: RET504

from typing import NamedTuple

import numpy as np
import pytest

sj = pytest.importorskip("sequence_jacobian")


class Household(NamedTuple):
    """What households and firms have: income e w [E] by state, its chain [E, E], nodes of assets [H], parameters."""

    labor: np.ndarray
    transition: np.ndarray
    nodes: np.ndarray
    discount_factor: float
    risk_aversion: float
    capital_share: float
    depreciation: float
    mean_labor: float


def response(economy: Household, capital: tuple[float, float], productivity: np.ndarray) -> tuple[float, np.ndarray]:
    """Capital at rest, between two numbers, and by how much it moves per unit of a path of productivity [T]: [T].

    Capital of period t + 1 stands at t.
    """
    model = sj.create_model([_households().add_hetinputs([_incomes]), sj.simple(_firms), sj.simple(_market)])
    rest = model.solve_steady_state(
        {
            "eis": 1 / economy.risk_aversion,
            "beta": economy.discount_factor,
            "Pi": economy.transition,
            "e": economy.labor,
            "a_grid": economy.nodes,
            "L": economy.mean_labor,
            "Z": 1.0,
            "alpha": economy.capital_share,
            "delta": economy.depreciation,
        },
        {"K": capital},
        {"asset_mkt": 0.0},
        solver="brentq",
    )
    return rest["K"], model.solve_impulse_linear(rest, ["K"], ["asset_mkt"], {"Z": productivity})["K"]


def _first(a_grid, r, y, eis):
    coh = (1 + r) * a_grid[None, :] + y[:, None]
    Va = (1 + r) * (0.1 * coh) ** (-1 / eis)
    return Va


def _households():
    @sj.het(exogenous="Pi", policy="a", backward="Va", backward_init=_first)
    def households(Va_p, a_grid, y, r, beta, eis):
        wanted = (beta * Va_p) ** (-eis)
        coh = (1 + r) * a_grid[None, :] + y[:, None]
        a = sj.interpolate.interpolate_y(wanted + a_grid, coh, a_grid)
        sj.misc.setmin(a, a_grid[0])
        c = coh - a
        Va = (1 + r) * c ** (-1 / eis)
        return Va, a, c

    return households


def _incomes(w, e):
    y = w * e
    return y


def _firms(K, L, Z, alpha, delta):
    r = alpha * Z * (K(-1) / L) ** (alpha - 1) - delta
    w = (1 - alpha) * Z * (K(-1) / L) ** alpha
    return r, w


def _market(A, K):
    asset_mkt = A - K
    return asset_mkt
