"""Firms in one usual economy, by capital and by price, and how firms are spread over capital and investment rates.

The economy is in the middle of its aggregate states, its mean capital is that of the path. Prices are those that firms
expect at the mean capital that the path visits in that state. Where another solution is given, it stands beside, with
`reference_` before the names of its columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.binned_shares import RATES, binned_shares
from hetkeras.methods.krusell_smith.lumpy.bellman_error import Value
from hetkeras.methods.krusell_smith.lumpy.firm_choice import LumpyFirms, firm_choice
from hetkeras.methods.krusell_smith.lumpy.firm_panel import firm_panel
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.off_path import ReferenceEconomy
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy

POINTS = 200
VISITED = 0.01, 0.99  # quantiles of mean capital between which choices by price are told
FIRMS, FORGOTTEN, SEEN = 2000, 40, 80  # of a panel: firms, periods that it forgets, periods that count
BINS = 40  # of capital

Table = Mapping[str, np.ndarray]


class Usual(NamedTuple):
    """Where firms are told: index of the aggregate state, mean capital, and that which is visited, falling, [P]."""

    aggregate: int
    mean_capital: float
    visited: np.ndarray


def usual_economy(states: int, series: Table, burn_in: int) -> Usual:
    """The middle of the path.

    Args:
      states: aggregate states.
      series: of the path, [T] each: aggregate_index, mean_capital.
      burn_in: first periods that do not count.
    """
    middle, capital = states // 2, series["mean_capital"][burn_in:]
    here = series["aggregate_index"][burn_in:] == middle
    low, high = np.quantile(capital[here] if here.any() else capital, VISITED)
    return Usual(middle, float(capital.mean()), np.linspace(high, low, POINTS))  # prices rise


def firm_slices(policy: LoadedFirmPolicy, usual: Usual, reference: ReferenceEconomy | None) -> dict[str, Table]:
    """Tables of values and probabilities of adjusting by capital, and of target capital by price; a column a state."""
    model = policy.model
    capital = np.geomspace(*model.capital_bounds, POINTS)
    expected = policy.forecast(tf.fill([POINTS], usual.aggregate), tf.constant(usual.visited))[1].numpy()
    solutions: dict[str, tuple[FirmPolicy, Value]] = {"": (policy, policy.value)}
    if reference is not None and reference.simulator is not None and reference.value is not None:
        solutions["reference_"] = reference.simulator.policy, reference.value
    tables: dict[str, dict[str, np.ndarray]] = {
        "value_slice": {"capital": capital},
        "policy_slice": {"price": expected, "mean_capital": usual.visited},
        "adjustment_slice": {"capital": capital},
    }
    for prefix, (choices, value) in solutions.items():
        found = (
            _worth(value, usual, capital),
            _targets(choices, usual, expected),
            _adjusting(policy, choices, usual, capital),
        )
        for table, name, rows in zip(tables.values(), ("value", "target", "adjusting"), found, strict=True):
            table |= {f"{prefix}{name}_{e + 1}": row for e, row in enumerate(rows)}
    return dict(tables)


def _worth(value: Value, usual: Usual, capital: np.ndarray) -> np.ndarray:
    index, mean = tf.constant([usual.aggregate]), tf.constant([usual.mean_capital], tf.float64)
    return value(index, mean, tf.constant(capital)[None]).numpy()[0]


def _targets(policy: FirmPolicy, usual: Usual, price: np.ndarray) -> np.ndarray:
    outlook = policy.outlook(tf.fill([POINTS], usual.aggregate), tf.constant(usual.visited))
    return policy.target(outlook, tf.constant(price)).numpy().T


def _adjusting(policy: LoadedFirmPolicy, choices: FirmPolicy, usual: Usual, capital: np.ndarray) -> np.ndarray:
    """Probabilities of adjusting at the prices that the solution expects, [E, P]."""
    states = policy.model.idiosyncratic_chain.num_states
    size = states * POINTS
    index = tf.fill([size], usual.aggregate)
    mean = tf.fill([size], tf.constant(usual.mean_capital, tf.float64))
    _, *prices = policy.forecast(index, mean)
    own = tf.constant(np.repeat(np.arange(states), POINTS))
    firms = LumpyFirms(own, tf.constant(np.tile(capital, states)), index, mean, *prices)
    return firm_choice(policy.model, choices, firms).adjustment_probability.numpy().reshape(states, POINTS)


def firm_distributions(policy: LoadedFirmPolicy, series: Table, seed: int = 0) -> dict[str, Table]:
    """Shares of firms by capital and by investment rate, in a panel that lives through the last periods of a path."""
    last = {name: values[-FORGOTTEN - SEEN :] for name, values in series.items()}
    panel = firm_panel(policy, last["aggregate_index"], last, FIRMS, seed)
    seen = {name: values[min(FORGOTTEN, len(values) // 3) :] for name, values in panel.items()}
    capital, rate, adjusts = (seen[name] for name in ("capital", "investment_rate", "adjusts"))
    edges = np.geomspace(*policy.model.capital_bounds, BINS + 1)
    each = np.full(capital.shape, 1 / capital.size)
    kinds = {"adjusting": adjusts, "waiting": ~adjusts}
    return {
        "capital_distribution": binned_shares(edges, {"share": (capital, each)}),
        "investment_rates": binned_shares(RATES, {name: (rate[kind], each[kind]) for name, kind in kinds.items()}),
    }
