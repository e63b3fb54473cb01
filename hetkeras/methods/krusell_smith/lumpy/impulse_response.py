"""Impulse responses of a nonlinear economy: pairs of simulations that differ by a shock in one period (Terry 2017).

The two economies of a pair draw with the same uniforms. In the period of the shock the aggregate state of one of them
moves to the top of its chain with a probability that makes the mean log innovation one standard deviation.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator

RESPONDING = ("output", "investment", "labor", "consumption", "mean_capital", "price")


def impulse_response(
    simulator: FirmSimulator,
    mass: np.ndarray,
    innovation: float,
    num_pairs: int = 2000,
    periods: int = 50,
    shock_period: int = 25,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Simulates pairs and averages their log distance.

    Args:
      simulator: of a solved economy.
      mass: distribution of firms at the start, [E, H].
      innovation: mean log distance of the aggregate state in the period of the shock.
      num_pairs, periods, shock_period: as in Terry (2017).
      seed: of the uniforms.

    Returns:
      "period" counted from the shock, "pairs", and for each aggregate the mean response in per cent and its standard
      error.
    """
    base, shocked = shocked_paths(simulator.model, innovation, num_pairs, periods, shock_period, seed)
    start = np.broadcast_to(mass, (2 * num_pairs, *mass.shape))
    series = simulator.run(np.concatenate([base, shocked], 1), start).series
    table = {"period": np.arange(periods) - shock_period, "pairs": np.full(periods, num_pairs)}
    productivity = np.log(simulator.model.aggregate_chain.values)
    rows = {"productivity": productivity[shocked] - productivity[base]}
    names = dict.fromkeys((*RESPONDING, *simulator.model.price_names))
    rows |= {name: _distance(series, name, num_pairs) for name in names}
    for name, distance in rows.items():
        table[name] = 100 * distance.mean(1)
        table[f"{name}_se"] = 100 * distance.std(1) / np.sqrt(num_pairs)
    return table


def shocked_paths(
    model: PriceTakingFirms, innovation: float, num_pairs: int, periods: int, shock_period: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns indices with and without the shock, both [T, pairs]."""
    chain = model.aggregate_chain
    draws = np.random.default_rng(seed)
    uniforms, start = draws.uniform(size=(periods, num_pairs)), chain.num_states // 2
    base = chain.paths(start, uniforms)
    logs, shares = np.log(chain.values), _shares_at(chain.transition, start, shock_period)
    probability = innovation / (shares @ (logs[-1] - logs))
    hit = draws.permutation(num_pairs) < probability * num_pairs  # as many as expected, not so many by chance
    first = np.where(hit, chain.num_states - 1, base[shock_period])
    after = chain.paths(first, uniforms[shock_period:])
    return base, np.concatenate([base[:shock_period], after])


def _shares_at(transition: np.ndarray, start: int, period: int) -> np.ndarray:
    return np.linalg.matrix_power(transition, period)[start]


def _distance(series: Mapping[str, np.ndarray], name: str, num_pairs: int) -> np.ndarray:
    logs = np.log(series[name])
    return logs[:, num_pairs:] - logs[:, :num_pairs]
