"""Distance of a network's consumption to what the Euler equation asks for within the budget, at own states.

Nothing is drawn tomorrow: the expectation is a sum over all states. Where the limit binds the equation is an
inequality, and only consumption that leaves something is an error.

Axes: B households, A' aggregate and E' idiosyncratic states tomorrow.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from hetkeras.methods.krusell_smith.households.aggregate_risk.consumption_network import ConsumptionNetwork
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at
from hetkeras.methods.krusell_smith.rules.base import ForecastRules


class Households(NamedTuple):
    """Indices of own states, assets, indices of aggregate states, mean capital, [B] each."""

    idiosyncratic: tf.Tensor
    assets: tf.Tensor
    aggregate: tf.Tensor
    mean_capital: tf.Tensor


class Found(NamedTuple):
    """residual: relative distance, [B]."""

    residual: tf.Tensor


def distance(wanted: tf.Tensor, target: tf.Tensor, most: tf.Tensor) -> Found:
    """Of consumption that is wanted to a target that the limit does not mind, where `most` may be spent, [B] each."""
    return Found(tf.where(target < most, wanted / target - 1, tf.nn.relu(1 - wanted / most)))


def euler_residual(network: ConsumptionNetwork, rules: ForecastRules, here: Households) -> Found:
    """At households [B] who expect mean capital by the rules."""
    wanted, most = network.wanted(*here), network.to_spend(*here)
    worth = _worth(network, rules, here, network.assets_next(wanted, most))
    return distance(wanted, network.model.wanted_consumption(worth), most)


def _worth(network: ConsumptionNetwork, rules: ForecastRules, here: Households, saved: tf.Tensor) -> tf.Tensor:
    """beta E x' u'(c'), [B], of households who go to assets [B]."""
    model, chain = network.model, network.model.aggregate_chain
    states, own = chain.num_states, model.idiosyncratic_chain.num_states
    chances = chain.transition[:, :, None, None] * model.idiosyncratic_chain.transitions  # [A, A', E, E']
    moves = tf.gather_nd(tf.transpose(chances, (0, 2, 1, 3)), tf.stack([here.aggregate, here.idiosyncratic], -1))
    count = tf.shape(saved)[0]
    later = Households(
        tf.tile(tf.range(own), [count * states]),
        tf.repeat(saved, states * own),
        tf.tile(tf.repeat(tf.range(states), own), [count]),
        tf.repeat(rules(here.aggregate, here.mean_capital)[0], states * own),
    )
    consumption = tf.minimum(network.wanted(*later), network.to_spend(*later))
    paid = terms_at(model, later.aggregate, later.mean_capital).payoff
    valued = tf.reshape(paid * model.marginal_utility(consumption), (-1, states, own))
    return model.discount_factor * tf.reduce_sum(moves * valued, (-1, -2))
