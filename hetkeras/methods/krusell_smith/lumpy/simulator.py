"""Simulation of economies of price-taking firms: every period clears its market; one compiled loop over time.

In each period the price is the root of excess demand, at given choices for any price (Yokomoto 2026, Algorithm 3);
then firms move. What does not depend on the price is computed once a period: the value of staying at every node. What
does is written once, inside the search for the price, whose last evaluation tells the choices: less to compile.
Axes: T periods, B economies, E productivities, H nodes of capital.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.market_clearing import clear
from hetkeras.methods.krusell_smith.simulator import EconomySimulator, Resources

SPIKE = 0.2  # investment rate from which investment counts as a spike


class Choices(NamedTuple):
    """target [B, E, 1], gain from adjusting [B, E, H], production [B, E, H]."""

    target: tf.Tensor
    gain: tf.Tensor
    output: tf.Tensor


SERIES = (
    *("mean_capital", "price", "output", "investment", "labor", "consumption"),
    *("forecast_mean_capital_next", "forecast_price", "excess_demand", "evaluations", "cleared"),
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
        super().__init__(model, policy, SERIES)
        self.histogram = histogram
        nodes = tf.constant(histogram.nodes, tf.float64)
        self._stay = np.maximum(
            model.unadjusted_capital(nodes), histogram.nodes[0]
        )  # firms are held there, and pay for it
        self._remaining = model.depreciated_capital(nodes).numpy()

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
        model, price = self.model, row["price"][:, None, None]
        aggregate = tf.gather(tf.constant(model.aggregate_chain.values), index)[:, None, None]
        productivity = tf.constant(model.idiosyncratic_chain.values)[:, None]
        made = mass * model.output(productivity, tf.constant(self.histogram.nodes), aggregate, price)
        remaining = mass * tf.constant(self._remaining)
        totals = (tf.reduce_sum(each, (-2, -1)) for each in (made, remaining))
        return Resources(next(totals), model.consumption(row["price"]), next(totals))

    def period(
        self, index: tf.Tensor, mass: tf.Tensor, *carry: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, ...], dict[str, tf.Tensor]]:
        model, nodes = self.model, tf.constant(self.histogram.nodes, tf.float64)
        aggregate = tf.gather(tf.constant(model.aggregate_chain.values), index)
        productivity = tf.constant(model.idiosyncratic_chain.values)[:, None]
        mean_capital = self.mean_capital(mass)
        expected_next, expected_price = self.policy.forecast(index, mean_capital)
        outlook = self.policy.outlook(index, mean_capital)
        stay, remaining = tf.constant(self._stay), tf.constant(self._remaining)
        upkeep = tf.reduce_sum(mass * (stay - remaining), (-2, -1))  # of all firms, whether or not they choose
        staying = self.policy.continuation(outlook, tf.broadcast_to(stay, (mass.shape[0], mass.shape[-1])))

        def invested(chosen: Choices) -> tf.Tensor:
            adjusting = model.adjustment_probability(chosen.gain)
            return tf.reduce_sum(mass * adjusting * (chosen.target - stay), (-2, -1)) + upkeep

        def evaluate(price: tf.Tensor) -> tuple[tf.Tensor, Choices]:
            target = self.policy.target(outlook, price)
            aimed = tf.linalg.diag_part(self.policy.continuation(outlook, target))[..., None]
            target = target[..., None]
            gain = aimed - staying - price[:, None, None] * (target - stay)
            output = model.output(productivity, nodes, aggregate[:, None, None], price[:, None, None])
            chosen = Choices(target, gain, output)
            consumption = tf.reduce_sum(mass * output, (-2, -1)) - invested(chosen)
            return model.excess_demand(consumption, price), chosen

        blank = Choices(tf.zeros_like(mass[..., :1]), tf.zeros_like(mass), tf.zeros_like(mass))
        clearing = clear(evaluate, expected_price * carry[0], carry[1], blank)
        chosen, price = clearing.choice, clearing.price[:, None, None]
        adjusting = model.adjustment_probability(chosen.gain)
        output, investment = tf.reduce_sum(mass * chosen.output, (-2, -1)), invested(chosen)
        row = {
            "mean_capital": mean_capital,
            "price": clearing.price,
            "output": output,
            "investment": investment,
            "labor": tf.reduce_sum(
                mass
                * (
                    model.labor(productivity, nodes, aggregate[:, None, None], price)
                    + model.adjustment_labor(chosen.gain)
                ),
                (-2, -1),
            ),
            "consumption": output - investment,
            "forecast_mean_capital_next": expected_next,
            "forecast_price": expected_price,
            "excess_demand": clearing.excess,
            "evaluations": tf.cast(clearing.evaluations, tf.float64),
            "cleared": tf.cast(clearing.found, tf.float64),
            **_investment_rates(mass, adjusting, (chosen.target - remaining) / nodes, (stay - remaining) / nodes),
        }
        return (
            self._next(mass, mass * adjusting, chosen.target[..., 0]),
            clearing.price / expected_price,
            clearing.slope,
        ), row

    def _next(self, mass: tf.Tensor, adjusting: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """Firms choose or stay, then draw next period's productivity."""
        arriving = tf.reduce_sum(adjusting, -1, keepdims=True) * self.histogram.lottery(target)
        moved = arriving + self.histogram.moved(mass - adjusting, self._stay)
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
