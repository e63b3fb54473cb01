"""Frictionless investment, whose policy has a closed form: moments of simulated panels of firms.

A firm earns y = A z k^alpha, where log z' = rho log z + sigma e, and invests i = k' - (1 - delta) k. It chooses capital
whose expected return is its cost, E[alpha A z' k'^(alpha - 1)] = r + delta. With E[z'] = z^rho exp(sigma^2 / 2),

  k' = (alpha A E[z'] / (r + delta))^(1 / (1 - alpha)).

The level A = 1 moves none of the moments; --bounds=level=.5:2 is told that it is not identified.

Estimate it:   hetkeras estimate docs/examples/estimation/frictionless_investment.py:simulate \
                 --moments=docs/examples/estimation/moments.csv --covariance=docs/examples/estimation/covariance.csv \
                 --bounds=curvature=.3:.9 --bounds=persistence=.3:.95 --bounds=volatility=.05:.4
"""

import functools

import numpy as np

FIRMS, YEARS = 500, 25
INTEREST, DEPRECIATION = 0.04, 0.15  # r, delta


def simulate(parameters, simulations, seed):
    """Moments by name: means over panels as large as the data's, whose draws depend on the seed alone."""
    return moments(panel(parameters, *draws(simulations, seed)))


@functools.lru_cache(2)
def draws(simulations, seed):
    """Standard normals, [S, N] for the first year and [S, N, T + 1] for the others."""
    generator = np.random.default_rng(seed)
    return tuple(generator.standard_normal((simulations, FIRMS, *years)) for years in ((), (YEARS + 1,)))


def panel(parameters, first, shocks):
    """Log productivity, capital and log income of firms that have long been there: [..., N, T + 1]."""
    curvature, persistence, volatility = (parameters[name] for name in ("curvature", "persistence", "volatility"))
    log_productivity = np.empty((*first.shape, YEARS + 2))
    log_productivity[..., 0] = first * volatility / np.sqrt(1 - persistence**2)
    for year in range(YEARS + 1):
        log_productivity[..., year + 1] = persistence * log_productivity[..., year] + volatility * shocks[..., year]
    log_expected = persistence * log_productivity[..., :-1] + volatility**2 / 2
    log_level = np.log(parameters.get("level", 1.0))
    log_return = np.log(curvature / (INTEREST + DEPRECIATION)) + log_level + log_expected
    log_capital = log_return / (1 - curvature)
    return {"log_capital": log_capital, "log_income": log_level + log_productivity[..., 1:] + curvature * log_capital}


def moments(panel):
    """Moments of panels of log capital and log income [..., N, T + 1], means over the panels."""
    log_capital, income = panel["log_capital"], panel["log_income"]
    rate = np.exp(np.diff(log_capital)) - 1 + DEPRECIATION  # i / k, [..., N, T]
    profitability = np.exp(income - log_capital)  # y / k
    slope = covariance(income[..., 1:], income[..., :-1]) / covariance(income[..., :-1], income[..., :-1])
    left = income[..., 1:] - slope[..., None, None] * income[..., :-1]
    found = {
        "mean_investment": rate.mean((-1, -2)),
        "variance_investment": covariance(rate, rate),
        "serial_correlation_investment": correlation(rate[..., 1:], rate[..., :-1]),
        "residual_sd_income": np.sqrt(covariance(left, left)),
        "serial_correlation_income": slope,
        "mean_profitability": profitability.mean((-1, -2)),
    }
    return {name: float(np.mean(values)) for name, values in found.items()}


def covariance(first, second):
    """Over firms and years, [...]."""
    products = np.einsum("...nt,...nt->...", first, second) / np.prod(first.shape[-2:])
    return products - first.mean((-1, -2)) * second.mean((-1, -2))


def correlation(first, second):
    """Over firms and years, [...]."""
    return covariance(first, second) / np.sqrt(covariance(first, first) * covariance(second, second))
