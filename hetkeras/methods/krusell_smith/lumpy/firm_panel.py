"""A panel of firms that live through a simulated economy, out of a reloaded solution, and its moments.

Each firm draws whether it adjusts, with its own probability, and its next productivity. Draws depend on the seed alone,
so that moments move with the solution only.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.lumpy.firm_choice import LumpyFirms
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.simulator import SPIKE

STILL = 0.01  # investment rate below which a firm counts as inactive (Cooper and Haltiwanger 2006)


def firm_panel(
    policy: LoadedFirmPolicy, aggregate: np.ndarray, series: Mapping[str, np.ndarray], firms: int, seed: int
) -> dict[str, np.ndarray]:
    """What firms do, [T, N]: capital, investment_rate i/k, profitability y/k and whether they pay to adjust.

    The index of their productivity is there, too. Firms begin with the economy's mean capital, which they forget in
    decades.

    Args:
      policy: the reloaded functions.
      aggregate: indices of the aggregate states, [T].
      series: of the economy, [T]: mean_capital and prices.
      firms: N.
      seed: of the firms' draws.
    """
    model, periods = policy.model, len(aggregate)
    generator, chain = np.random.default_rng(seed), model.idiosyncratic_chain
    first = generator.choice(chain.num_states, firms, p=chain.stationary())
    states = chain.paths(first, generator.uniform(size=(periods, firms)))
    luck = generator.uniform(size=(periods, firms))
    capital = np.full(firms, series["mean_capital"][0])
    rows = []
    for period in range(periods):
        economy = [series[name][period] for name in ("mean_capital", *model.price_names)]
        found = _choices(policy, states[period], capital, aggregate[period], economy)
        adjusts = luck[period] < found["adjustment_probability"]
        stays = np.asarray(model.unadjusted_capital(tf.constant(capital)))
        chosen = np.where(adjusts, found["target_capital"], stays)
        invested = chosen - np.asarray(model.depreciated_capital(tf.constant(capital)))
        rows.append((capital, invested / capital, found["output"] / capital, adjusts))
        capital = chosen
    names = "capital", "investment_rate", "profitability", "adjusts"
    return {**dict(zip(names, map(np.stack, zip(*rows, strict=True)), strict=True)), "idiosyncratic_index": states}


def panel_moments(panel: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Moments of investment rates over firms and periods, by name; correlations are pooled.

    Args:
      panel: as `firm_panel` returns it, [T, N].
    """
    rate, profitability = panel["investment_rate"], panel["profitability"]
    return {
        "mean_investment_rate": float(rate.mean()),
        "sd_investment_rate": float(rate.std()),
        "inaction": float(np.mean(np.abs(rate) < STILL)),
        "positive_spikes": float(np.mean(rate > SPIKE)),
        "negative_spikes": float(np.mean(rate < -SPIKE)),
        "share_adjusting": float(panel["adjusts"].mean()),
        "serial_correlation_investment_rate": _correlation(rate[1:], rate[:-1]),
        "correlation_investment_rate_profitability": _correlation(rate, profitability),
    }


def _choices(
    policy: LoadedFirmPolicy, states: np.ndarray, capital: np.ndarray, aggregate: int, economy: list[float]
) -> dict[str, np.ndarray]:
    """What the exported policy says of firms [N] in one economy, float64."""
    same = [tf.fill(capital.shape, tf.constant(value, tf.float64)) for value in economy]
    firms = LumpyFirms(
        tf.constant(states), tf.constant(capital), tf.fill(capital.shape, tf.constant(aggregate, tf.int32)), *same
    )
    inputs = {name: tf.cast(tensor, tf.float32) for name, tensor in policy.inputs(firms).items()}
    return {name: np.asarray(tensor, float) for name, tensor in policy.signatures["policy"](**inputs).items()}


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])
