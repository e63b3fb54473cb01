"""Simulation of economies of price-taking firms: every period clears its markets; one compiled loop over time.

In each period the price is the root of excess demand, at given choices for any price (Yokomoto 2026, Algorithm 3);
then firms move. What depends on prices is written once, inside the search for them, whose last evaluation tells the
choices: less to compile (`markets`). Axes: T periods, B economies, E productivities, H nodes of capital.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.markets import FirmMarkets, Nodes
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.simulator import EconomySimulator, Resources

SPIKE = 0.2  # investment rate from which investment counts as a spike


EXCESS = "excess_demand", "excess_labor_demand"


def series_names(prices: Sequence[str]) -> tuple[str, ...]:
    """Series of a simulation in which prices with these names clear markets."""
    return (
        *("mean_capital", *prices, "output", "investment", "labor", "consumption"),
        *("forecast_mean_capital_next", *(f"forecast_{name}" for name in prices)),
        *(*EXCESS[: len(prices)], "evaluations", "cleared"),
        *("rate_mean", "rate_sd", "inaction", "spikes_up", "spikes_down"),
    )


class FirmSimulator(EconomySimulator[PriceTakingFirms, FirmPolicy]):
    """Moves histograms of firms through time.

    Args:
      model: the economics.
      policy: the choices.
      histogram: nodes on which firms are counted.
    """

    def __init__(self, model: PriceTakingFirms, policy: FirmPolicy, histogram: Histogram) -> None:
        super().__init__(model, policy, series_names(model.price_names))
        self.histogram = histogram
        nodes = tf.constant(histogram.nodes, tf.float64)
        stay = np.maximum(model.unadjusted_capital(nodes), histogram.nodes[0])  # firms are held there, and pay for it
        self._nodes = Nodes(histogram.nodes, stay, model.depreciated_capital(nodes).numpy())

    def even_mass(self) -> np.ndarray:
        return self.histogram.uniform(self.model.idiosyncratic_chain.num_states)

    def mass_at(self, capital: float) -> np.ndarray:
        states = self.model.idiosyncratic_chain.num_states
        return self.histogram.lottery(tf.fill((states,), tf.constant(capital, tf.float64))).numpy() / states

    def capital_shares(self, mass: np.ndarray) -> np.ndarray:
        return mass.sum(0)

    def check_mass(self, mass: np.ndarray) -> None:
        self.histogram.check(mass)

    def mean_capital(self, mass: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(mass * tf.constant(self.histogram.nodes), (-2, -1))

    def resources(self, index: tf.Tensor, mass: tf.Tensor, row: Mapping[str, tf.Tensor]) -> Resources:
        model = self.model
        firms = model.at(*(row[name][:, None, None] for name in model.price_names))
        aggregate = tf.gather(tf.constant(model.aggregate_chain.values), index)[:, None, None]
        productivity = tf.constant(model.idiosyncratic_chain.values)[:, None]
        made = mass * firms.output(productivity, tf.constant(self.histogram.nodes), aggregate)
        remaining = mass * tf.constant(self._nodes.remaining)
        totals = (tf.reduce_sum(each, (-2, -1)) for each in (made, remaining))
        return Resources(next(totals), model.consumption(row["price"]), next(totals))

    def first_carry(self, num_economies: int) -> tuple[tf.Tensor, ...]:
        count = len(self.model.price_names)
        if count == 1:
            return super().first_carry(num_economies)
        response = tf.eye(count, batch_shape=[num_economies], dtype=tf.float64)
        return tf.ones((num_economies, count), tf.float64), response

    def period(
        self, index: tf.Tensor, mass: tf.Tensor, *carry: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, ...], dict[str, tf.Tensor]]:
        mean_capital, names = self.mean_capital(mass), self.model.price_names
        expected_next, *expected = self.policy.forecast(index, mean_capital)
        markets = FirmMarkets(self.model, self.policy, self._nodes, index, mass, mean_capital)
        cleared = markets.clear(expected, carry)
        chosen, firms = cleared.choices, markets.firms(cleared.prices)
        adjusting = firms.adjustment_probability(chosen.gain)
        output, investment = tf.reduce_sum(mass * chosen.output, (-2, -1)), markets.invested(firms, chosen)
        stay, remaining = tf.constant(self._nodes.stay), tf.constant(self._nodes.remaining)
        nodes = tf.constant(self._nodes.capital, tf.float64)
        row = {
            "mean_capital": mean_capital,
            **dict(zip(names, cleared.prices, strict=True)),
            "output": output,
            "investment": investment,
            "labor": markets.labor(firms, chosen),
            "consumption": output - investment,
            "forecast_mean_capital_next": expected_next,
            **{f"forecast_{name}": price for name, price in zip(names, expected, strict=True)},
            **dict(zip(EXCESS, cleared.excess, strict=False)),
            "evaluations": tf.cast(cleared.evaluations, tf.float64),
            "cleared": tf.cast(cleared.found, tf.float64),
            **_investment_rates(mass, adjusting, (chosen.target - remaining) / nodes, (stay - remaining) / nodes),
        }
        return (self._next(mass, mass * adjusting, chosen.target[..., 0]), *cleared.carry), row

    def _next(self, mass: tf.Tensor, adjusting: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """Firms choose or stay, then draw next period's productivity."""
        arriving = tf.reduce_sum(adjusting, -1, keepdims=True) * self.histogram.lottery(target)
        moved = arriving + self.histogram.moved(mass - adjusting, self._nodes.stay)
        return tf.einsum("ef,beh->bfh", tf.constant(self.model.idiosyncratic_chain.transition), moved)


def _investment_rates(
    mass: tf.Tensor, adjusting: tf.Tensor, rate: tf.Tensor, upkeep: tf.Tensor
) -> dict[str, tf.Tensor]:
    """Moments of i/k over firms, as in Terry (2017): `rate` of those that adjust, `upkeep` of those that stay."""
    weight = mass * adjusting
    staying = mass - weight

    def total(of_adjusting: tf.Tensor, of_staying: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(weight * of_adjusting, (-2, -1)) + tf.reduce_sum(staying * of_staying, (-2, -1))

    mean = total(rate, upkeep)
    return {
        "rate_mean": mean,
        "rate_sd": tf.sqrt(total(rate**2, upkeep**2) - mean**2),
        "inaction": tf.reduce_sum(staying, (-2, -1)),
        "spikes_up": tf.reduce_sum(tf.where(rate >= SPIKE, weight, 0.0), (-2, -1)),
        "spikes_down": tf.reduce_sum(tf.where(rate <= -SPIKE, weight, 0.0), (-2, -1)),
    }
