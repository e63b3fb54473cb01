"""Firms with capital and labor and no costs of adjusting, by root finding: at rest, all of one size or each of its own.

Labor earns its wage, nu y / n = theta / p where the share nu is constant, and capital what it costs to use,

    dy / dk = 1 / beta - 1 + delta.

Logs of both sides are taken, so that constant shares make straight lines, which are solved at once.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.resting_price import outside_graphs, resting_price
from hetkeras.numerics.falling_root import falling_root

if TYPE_CHECKING:
    from hetkeras.contracts.branching_firms import BranchingFirms

WIDEST = 30.0  # logs of capital and labor in which rest is sought, to either side of one


class Rest(NamedTuple):
    """capital: K; labor: N; price: p, of firms that are all of one size."""

    capital: float
    labor: float
    price: float


class Sizes(NamedTuple):
    """capital and labor of firms that keep their own productivity for ever, [E] each."""

    capital: np.ndarray
    labor: np.ndarray


@functools.lru_cache(maxsize=256)
def rest(model: BranchingFirms, aggregate: float) -> Rest:
    """Returns the economy at rest at a level of aggregate productivity, to rounding.

    Raises:
      CalibrationError: if no price clears its market.
    """
    return outside_graphs(_rest, model, aggregate)


@functools.lru_cache(maxsize=256)
def sizes(model: BranchingFirms, aggregate: float) -> Sizes:
    """Returns the sizes of firms each of its own, at the price at which firms of one size would rest."""
    price = rest(model, aggregate).price
    return outside_graphs(
        lambda: Sizes(*_inputs(model, aggregate, price, np.eye(model.idiosyncratic_chain.num_states)))
    )


def long_run_shares(model: BranchingFirms) -> np.ndarray:
    """Shares of a firm's productivities in the long run, over the regimes, [E]."""
    chain = model.idiosyncratic_chain
    return chain.joint(model.regimes).stationary().reshape(chain.num_states, -1).sum(1)


def _rest(model: BranchingFirms, aggregate: float) -> Rest:
    shares = long_run_shares(model)[None]

    def net_output(price: float) -> float:
        capital, labor = _inputs(model, aggregate, price, shares)
        made = _output(model, aggregate, shares, tf.constant(capital), tf.constant(labor)).numpy()
        return float((made - capital + model.remaining_capital(tf.constant(capital)).numpy())[0])

    price = resting_price(model, net_output)
    return Rest(*(float(each[0]) for each in _inputs(model, aggregate, price, shares)), price)


def _inputs(model: BranchingFirms, aggregate: float, price: float, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Capital and labor [F] of firms that meet productivities with shares [F, E]."""
    user_cost, wage = 1 / model.discount_factor - 1 + model.depreciation, model.leisure_weight / price
    high = tf.constant(np.full(len(shares), WIDEST))

    def labor(log_capital: tf.Tensor) -> tf.Tensor:
        """Log labor that earns its wage."""

        def excess(log_labor: tf.Tensor) -> tf.Tensor:
            return tf.math.log(_products(model, aggregate, shares, log_capital, log_labor)[1] / wage)

        return falling_root(excess, -high, high)

    def excess(log_capital: tf.Tensor) -> tf.Tensor:
        product = _products(model, aggregate, shares, log_capital, labor(log_capital))[0]
        return tf.math.log(product / user_cost)

    log_capital = falling_root(excess, -high, high)
    return np.exp(log_capital), np.exp(labor(log_capital))


def _products(
    model: BranchingFirms, aggregate: float, shares: np.ndarray, *logs: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Marginal products of capital and labor, [F] each."""
    inputs = tuple(map(tf.exp, logs))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = _output(model, aggregate, shares, *inputs)
    return tuple(tape.gradient(output, inputs))


def _output(
    model: BranchingFirms, aggregate: float, shares: np.ndarray, capital: tf.Tensor, labor: tf.Tensor
) -> tf.Tensor:
    """Mean over productivities, [F]."""
    states, level = tf.constant(model.idiosyncratic_chain.values), tf.constant(aggregate, tf.float64)
    return tf.reduce_sum(tf.constant(shares) * model.output(states, capital[:, None], labor[:, None], level), -1)
