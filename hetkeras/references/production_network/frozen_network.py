"""A production network whose links do not move: log GDP and its value in closed form (Huang & Yu 2024, section 3.1).

With dX_m = -phi X_m dt + dW_m and eps = epsbar + sigma X, log GDP is level + slopes . X, where
b' = beta' (I - A o Y)^-1, level = b' (epsbar - a + h) and slopes = b' sigma. At t it is normal with mean
level + e^(-phi t) slopes . X and variance |slopes|^2 (1 - e^(-2 phi t)) / (2 phi). With x = e^(-phi t) the value is the
integral of its expected utility against x^(rho / phi - 1) / phi on [0, 1], for which Gauss-Jacobi quadrature converges
at once, as the integrand is analytic.
`technology` of the model says what a and h are, and what is wrong with them in the paper.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy.special import roots_jacobi, xlogy

NUM_NODES = 16


class Technology(Protocol):
    """What the references need of `technology.NetworkTechnology`, whose names these are."""

    @property
    def shares(self) -> np.ndarray: ...  # [N, N]
    @property
    def consumption(self) -> np.ndarray: ...  # [N]
    @property
    def sector_penalty(self) -> np.ndarray: ...  # [N]
    @property
    def link_penalty(self) -> np.ndarray: ...  # [N, N]
    @property
    def penalty_cap(self) -> float: ...
    @property
    def normalised(self) -> bool: ...
    @property
    def series_terms(self) -> int: ...  # of log GDP; the references solve for it, as without a series


class NetworkProblem(Protocol):
    """What the references need of `models.production_network.ProductionNetwork`, whose names these are."""

    @property
    def num_sectors(self) -> int: ...
    @property
    def discount_rate(self) -> float: ...
    @property
    def reversion(self) -> float: ...
    @property
    def risk_aversion(self) -> float: ...
    @property
    def switch_rate(self) -> float: ...
    @property
    def arrival_rate(self) -> float: ...
    @property
    def destruction_rate(self) -> float: ...
    @property
    def search_cost(self) -> float: ...
    @property
    def maintenance_cost(self) -> float: ...
    @property
    def exit_rate(self) -> float: ...
    @property
    def technology(self) -> Technology: ...
    @property
    def movable(self) -> np.ndarray: ...  # [N, N]
    @property
    def link_costs(self) -> np.ndarray: ...  # [N, N]
    @property
    def mean_state(self) -> np.ndarray: ...  # [N]
    @property
    def factor_loadings(self) -> np.ndarray: ...  # [N, M]


def decay_nodes(discount_rate: float, reversion: float, num_nodes: int = NUM_NODES) -> tuple[np.ndarray, np.ndarray]:
    """Returns nodes x [Q] and weights [Q] for integrals over time of e^(-rho t) g(e^(-phi t)).

    Weights sum to 1 / rho.
    """
    power = discount_rate / reversion - 1
    nodes, weights = roots_jacobi(num_nodes, 0.0, power)
    return (1 + nodes) / 2, weights / weights.sum() / discount_rate


def discounted_times(discount_rate: float, num_nodes: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Returns times t [T] and weights [T] for integrals over time of e^(-rho t) g(t); weights sum to 1 / rho.

    The trapezoidal rule in s with rho t = exp(s - e^-s) (Takahasi & Mori 1974). For e^(-m t) it is right to 1e-6 up to
    m = 50 rho, to 3e-4 up to 4,000 rho: one set for what fades in decades and for what fades within a turn.
    """
    places = np.linspace(-2.6, 3.4, num_nodes)
    scaled = np.exp(places - np.exp(-places))
    weights = np.exp(-scaled) * scaled * (1 + np.exp(-places))
    return scaled / discount_rate, weights / weights.sum() / discount_rate


def productivity_shift(technology: Technology, links: np.ndarray) -> np.ndarray:
    """Returns what links [..., N, N] do to log TFP, h - a: [..., N]."""
    away = technology.shares * (links - 1)
    loss = technology.sector_penalty * away.sum(-1) ** 2 + (technology.link_penalty * away**2).sum(-1)
    shift = -np.minimum(loss, technology.penalty_cap)
    if technology.normalised:
        return shift
    used = technology.shares * links
    labor = 1 - used.sum(-1)
    return shift + xlogy(used, used).sum(-1) + xlogy(labor, labor)


def log_gdp_line(problem: NetworkProblem, links: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the level [...] of log GDP and its slopes [..., M] in the factors, of links [..., N, N]."""
    technology = problem.technology
    transposed = np.eye(problem.num_sectors) - np.swapaxes(technology.shares * links, -1, -2)
    right = np.broadcast_to(technology.consumption[:, None], (*transposed.shape[:-1], 1))
    weights = np.linalg.solve(transposed, right)[..., 0]
    level = (weights * (problem.mean_state + productivity_shift(technology, links))).sum(-1)
    return level, weights @ problem.factor_loadings


def frozen_value(problem: NetworkProblem, level: np.ndarray, slopes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Returns the value [...] of log GDP with a level [...] and slopes [..., M], at factors [..., M]."""
    nodes, weights = decay_nodes(problem.discount_rate, problem.reversion)
    curve = 1 - problem.risk_aversion
    away = (slopes * factors).sum(-1)[..., None]
    variance = (slopes**2).sum(-1)[..., None] / (2 * problem.reversion)
    mean = np.asarray(level)[..., None] + away * nodes
    expected = np.expm1(curve * mean + curve**2 * variance * (1 - nodes**2) / 2) / curve if curve else mean
    return expected @ weights


def factors_of(problem: NetworkProblem, productivity: np.ndarray) -> np.ndarray:
    """Returns the factors [..., M] nearest to explaining log productivities [..., N]."""
    return (productivity - problem.mean_state) @ np.linalg.pinv(problem.factor_loadings).T
