"""Simulation of economies of firms with branches: every period clears its market, also where demand jumps.

Firms bunch at nodes, so that excess demand jumps where a bunch changes its mind; at such a price they are indifferent
and part of them choose either way. The price is therefore enclosed between two that are a hair apart, and the choices
at both are mixed so that the market clears. Axes: B economies, E productivities, H and L nodes of capital and labor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmState
from hetkeras.methods.krusell_smith.branching.policy import BranchPolicy
from hetkeras.methods.krusell_smith.price_enclosure import Pull, enclose
from hetkeras.methods.krusell_smith.simulator import EconomySimulator, Resources

EMPTY = 1e-12  # mass at a node below which its firms' choices are not asked for: they keep what they have
PULL = Pull(0.02, 0.9)  # an evaluation is dear, and demand is nearly a line between prices a percent apart
SHARES = tuple(f"share_{capital}{labor}" for capital, labor in BRANCHES)
SERIES = (
    *("mean_capital", "price", "output", "investment", "labor", "consumption", "hiring", "adjustment_cost"),
    *("forecast_mean_capital_next", "forecast_price", "excess_demand", "evaluations", "cleared"),
    *("inaction", *SHARES),
)


class BranchingEconomies(EconomySimulator[BranchingFirms, BranchPolicy]):
    """Moves joint histograms of firms through time.

    Args:
      model: the economics.
      policy: the choices, at the nodes of its histogram.
    """

    def __init__(self, model: BranchingFirms, policy: BranchPolicy) -> None:
        super().__init__(model, policy, SERIES)
        self.histogram = policy.histogram

    def even_mass(self) -> np.ndarray:
        return self.histogram.uniform(self.model.idiosyncratic_chain.num_states)

    def mass_at(self, capital: float) -> np.ndarray:
        labor, states = self.histogram.labor, self.model.idiosyncratic_chain.num_states
        shares, _ = self.histogram.weights(tf.constant([capital], tf.float64), tf.constant(labor[:1]))
        return np.tile(shares.numpy()[0][:, None], (states, 1, len(labor))) / (states * len(labor))

    def capital_shares(self, mass: np.ndarray) -> np.ndarray:
        return mass.sum((0, 2))

    def check_mass(self, mass: np.ndarray) -> None:
        self.histogram.check(mass)

    def mean_capital(self, mass: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(mass * tf.constant(self.histogram.capital)[:, None], (-3, -2, -1))

    def resources(self, index: tf.Tensor, mass: tf.Tensor, row: Mapping[str, tf.Tensor]) -> Resources:
        remaining = self.model.depreciated_capital(tf.constant(self.histogram.capital))[:, None]
        made = row["output"] - row["adjustment_cost"]  # both are of choices, which no distribution tells
        return Resources(made, self.model.consumption(row["price"]), tf.reduce_sum(mass * remaining, (-3, -2, -1)))

    def period(
        self, index: tf.Tensor, mass: tf.Tensor, *carry: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, ...], dict[str, tf.Tensor]]:
        mean_capital = self.mean_capital(mass)
        expected_next, expected_price = self.policy.forecast(index, mean_capital)
        inhabited = tf.reduce_any(mass > EMPTY, (0, 1))
        outlook = self.policy.outlook(index, mean_capital, tf.cast(inhabited, mass.dtype))

        def evaluate(price: tf.Tensor) -> tuple[tf.Tensor, Any]:
            packed = self.policy.packed(outlook, price)
            return self.model.excess_demand(self._totals(index, mass, packed, price)["consumption"], price), packed

        found = enclose(evaluate, expected_price * carry[0], carry[1], self.policy.blank(mass), pull=PULL)
        sides = (found.low, found.at_low), (found.high, found.at_high)
        shares = _clearing_shares(found.above, found.below)
        price = shares[0] * found.low + shares[1] * found.high
        low, high = (self._totals(index, mass, packed, at) for at, packed in sides)
        totals = {name: shares[0] * low[name] + shares[1] * high[name] for name in low}
        row = {
            "mean_capital": mean_capital,
            "price": price,
            **totals,
            "forecast_mean_capital_next": expected_next,
            "forecast_price": expected_price,
            "excess_demand": self.model.excess_demand(totals["consumption"], price),
            "evaluations": tf.fill(tf.shape(price), tf.cast(found.evaluations, tf.float64)),
            "cleared": tf.cast(found.found, tf.float64),
        }
        following = sum(
            self._moved(index, mass * share[:, None, None, None], packed)
            for share, (_, packed) in zip(shares, sides, strict=True)
        )
        return (following, price / expected_price, found.slope), row

    def _totals(self, index: tf.Tensor, mass: tf.Tensor, packed: Any, price: tf.Tensor) -> dict[str, tf.Tensor]:
        model, choice = self.model, self.policy.unpacked(packed)
        aggregate = tf.gather(tf.constant(model.aggregate_chain.values), index)[:, None, None, None]
        flows = model.flows(self._firms(), choice, aggregate, price[:, None, None, None])
        hiring = choice.labor - model.remaining_labor(tf.constant(self.histogram.labor))
        rows = {
            "output": flows.output,
            "investment": flows.investment,
            "labor": choice.labor,
            "consumption": flows.net_output,
            "hiring": hiring,
            "adjustment_cost": flows.capital_cost + flows.labor_cost,
        }
        branch = choice.adjusts_capital + 2 * choice.adjusts_labor
        rows |= {name: tf.cast(branch == place, mass.dtype) for place, name in enumerate(SHARES)}
        totals = {name: tf.reduce_sum(mass * each, (-3, -2, -1)) for name, each in rows.items()}
        return totals | {"inaction": totals[SHARES[0]]}

    def _moved(self, index: tf.Tensor, mass: tf.Tensor, packed: Any) -> tf.Tensor:
        """Firms go where they choose, then draw next period's productivity with today's regime."""
        moved = self.policy.moved(mass, packed)
        chances = self.model.idiosyncratic_chain.transitions[self.model.aggregate_states[1]]  # [A, E, E]
        return tf.einsum("bef,behl->bfhl", tf.gather(tf.constant(chances), index), moved)

    def _firms(self) -> FirmState:
        levels = self.model.idiosyncratic_chain.values[:, None, None]
        return FirmState(*map(tf.constant, (levels, self.histogram.capital[:, None], self.histogram.labor)))


def _clearing_shares(above: tf.Tensor, below: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Shares of the lower and of the higher price at which excess demands at the two add up to nil, [B] each."""
    lower = tf.where(above > below, -below / tf.where(above > below, above - below, 1.0), 0.5)
    lower = tf.clip_by_value(lower, 0.0, 1.0)
    return lower, 1 - lower
