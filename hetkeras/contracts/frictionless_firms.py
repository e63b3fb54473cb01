"""Price-taking firms without frictions, by root finding: what they choose, and where their economy rests.

The capital k' that firms choose equates what a unit more earns and what it costs to use,

    beta E [marginal_payoff(k') - (1 - delta) p'] = p - beta (1 - delta) E p'.

Logs of both sides are taken: with a constant capital share the left one is a straight line in log k', solved at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.resting_price import resting_price
from hetkeras.numerics.falling_root import falling_root
from hetkeras.numerics.outside_graphs import outside_graphs

if TYPE_CHECKING:
    from hetkeras.contracts.price_taking_firms import PriceTakingFirms

CHEAPEST = 0.01  # user cost over price at least: at very low prices capital would cost less than nothing
WIDEST = 30.0  # logs of capital in which an economy at rest is sought, to either side of one


class Rest(NamedTuple):
    """capital: of firms by productivity of the period before, [E]; mean_capital: K; price: p; wage: w."""

    capital: np.ndarray
    mean_capital: float
    price: float
    wage: float


def frictionless_target(
    model: PriceTakingFirms,
    aggregate: tf.Tensor,
    price: tf.Tensor,
    next_price: tf.Tensor,
    next_wage: tf.Tensor | None = None,
) -> tf.Tensor:
    """Returns the choice [..., E] within the bounds of capital; see `PriceTakingFirms.frictionless_target`."""
    dtype = price.dtype
    chances = tf.gather(tf.constant(model.aggregate_chain.transition, dtype), aggregate)
    following = tf.constant(model.aggregate_chain.values, dtype)[:, None, None]
    states = tf.constant(model.idiosyncratic_chain.values, dtype)[:, None]
    idiosyncratic = tf.constant(model.idiosyncratic_chain.transition, dtype)
    resale = (1 - model.depreciation) * next_price
    firms = model.at(*(each[..., None, None] for each in (next_price, next_wage) if each is not None))

    def earned(capital: tf.Tensor) -> tf.Tensor:
        """Of a unit more than [..., E], expected: [..., E]."""
        payoff = firms.marginal_payoff(states, capital[..., None, None, :], following)  # [..., A, E', E]
        return tf.einsum("...a,...afe,ef->...e", chances, payoff - resale[..., None, None], idiosyncratic)

    user_cost = price / model.discount_factor - tf.reduce_sum(chances * resale, -1)
    user_cost = tf.maximum(user_cost, CHEAPEST * price)[..., None]
    shape = tf.concat([tf.shape(price), [model.idiosyncratic_chain.num_states]], 0)
    ends = (tf.fill(shape, tf.constant(np.log(end), dtype)) for end in model.capital_bounds)
    return tf.clip_by_value(_chosen(earned, user_cost, *ends), *model.capital_bounds)


@functools.lru_cache(maxsize=256)
def rest(model: PriceTakingFirms, aggregate: float) -> Rest:
    """Returns the economy at rest at a level of aggregate productivity, to rounding.

    Raises:
      CalibrationError: if no price clears its market.
    """
    return outside_graphs(_rest, model, aggregate)


def _rest(model: PriceTakingFirms, aggregate: float) -> Rest:
    price = own = resting_price(
        model, lambda price: _net_output(model, aggregate, price, _capital(model, aggregate, price))
    )
    if model.frisch_elasticity is not None:
        price, own = _elastic(model, aggregate, price)
    capital = _capital(model, aggregate, own)
    mean_capital = float(model.idiosyncratic_chain.stationary() @ capital)
    return Rest(capital, mean_capital, price, model.leisure_weight / own)


def _elastic(model: PriceTakingFirms, aggregate: float, usual: float) -> tuple[float, float]:
    """Price of goods, and leisure_weight over the wage, at which both markets clear.

    At rest firms know the wage alone: what they do at a price without a labor market is what they do at that wage.
    The search begins where labor is as if indivisible, at the `usual` price.
    """

    @functools.cache
    def capital(own: float) -> np.ndarray:
        return _capital(model, aggregate, own)

    def of_goods(own: float) -> float:
        left = _net_output(model, aggregate, own, capital(own))
        return resting_price(model, lambda _: left)

    def offered(factor: tf.Tensor) -> tf.Tensor:
        own = usual * float(factor)
        return model.labor_supply(tf.constant(of_goods(own) * model.leisure_weight / own, tf.float64))

    def used(factor: float) -> float:
        own = usual * factor
        labor = _expected(model, model.labor, capital(own), aggregate, own)
        return float(model.idiosyncratic_chain.stationary() @ labor)

    own = usual * resting_price(model, used, offered)
    return of_goods(own), own


def _capital(model: PriceTakingFirms, aggregate: float, price: float) -> np.ndarray:
    """What firms choose at a price that stays as it is, [E]."""
    states, transition = (tf.constant(part) for part in _parts(model))
    level, price = tf.constant(aggregate, tf.float64), tf.constant(price, tf.float64)

    def earned(capital: tf.Tensor) -> tf.Tensor:
        payoff = model.marginal_payoff(states[:, None], capital, level, price) - (1 - model.depreciation) * price
        return tf.einsum("fe,ef->e", payoff, transition)

    user_cost = price * (1 / model.discount_factor - 1 + model.depreciation)
    widest = tf.fill(states.shape, tf.constant(WIDEST, tf.float64))
    return _chosen(earned, user_cost, -widest, widest).numpy()


def _net_output(model: PriceTakingFirms, aggregate: float, price: float, capital: np.ndarray) -> float:
    """Output less what wears out, mean over firms with capital [E]."""
    worn = capital - model.depreciated_capital(tf.constant(capital)).numpy()
    output = _expected(model, model.output, capital, aggregate, price)
    return float(model.idiosyncratic_chain.stationary() @ (output - worn))


def _expected(
    model: PriceTakingFirms, function: Callable[..., tf.Tensor], capital: np.ndarray, aggregate: float, price: float
) -> np.ndarray:
    """Output or labor of firms with capital [E], expected a period ahead, [E]."""
    states, transition = _parts(model)
    arguments = map(tf.constant, (states, capital[:, None], np.float64(aggregate), np.float64(price)))
    return (transition * function(*arguments).numpy()).sum(1)


def _parts(model: PriceTakingFirms) -> tuple[np.ndarray, np.ndarray]:
    return model.idiosyncratic_chain.values, model.idiosyncratic_chain.transition


def _chosen(
    earned: Callable[[tf.Tensor], tf.Tensor], user_cost: tf.Tensor, low: tf.Tensor, high: tf.Tensor
) -> tf.Tensor:
    """Capital between exp(low) and exp(high) that earns its cost."""
    return tf.exp(falling_root(lambda logs: tf.math.log(earned(tf.exp(logs)) / user_cost), low, high))
