"""Firms with capital and labor and no costs of adjusting, by root finding: at rest, all of one size or each of its own.

Labor earns its wage, nu y / n = theta / p where the share nu is constant, and capital what it costs to use,

    dy / dk = 1 / beta - 1 + delta.

Logs of both sides are taken, so that constant shares make straight lines, which are solved in few steps.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.resting_price import no_rest
from hetkeras.numerics.outside_graphs import outside_graphs
from hetkeras.numerics.roots import system_root

if TYPE_CHECKING:
    from hetkeras.contracts.branching_firms import BranchingFirms

CLEARED = 1e-9  # relative distance of products to costs, and of goods used to goods made


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
    """Returns the sizes of firms each of its own, at the price at which firms of one size would rest.

    Raises:
      CalibrationError: if no price clears its market, or a firm has no optimal size.
    """
    return outside_graphs(_sizes, model, aggregate, rest(model, aggregate))


def long_run_shares(model: BranchingFirms) -> np.ndarray:
    """Shares of a firm's productivities in the long run, over the regimes, [E]."""
    chain = model.idiosyncratic_chain
    return chain.joint(model.regimes).stationary().reshape(chain.num_states, -1).sum(1)


def _rest(model: BranchingFirms, aggregate: float) -> Rest:
    shares = long_run_shares(model)

    def gaps(logs: np.ndarray) -> np.ndarray:
        """Of marginal products to their cost, and of goods used to goods made, in logs: [3]."""
        capital, labor, price = np.exp(logs)
        made, products = _produced(model, aggregate, shares, capital, labor)
        worn = capital - float(model.depreciated_capital(tf.constant(capital)))
        used = float(model.consumption(tf.constant(price))) + worn
        return np.log([*products / _costs(model, price), used / made])

    return Rest(*map(float, np.exp(_root(model, gaps, np.zeros(3)))))


def _sizes(model: BranchingFirms, aggregate: float, resting: Rest) -> Sizes:
    def gaps(logs: np.ndarray, alone: np.ndarray) -> np.ndarray:
        products = _produced(model, aggregate, alone, *np.exp(logs))[1]
        return np.log(products / _costs(model, resting.price))

    start = np.log(resting[:2])
    states = np.eye(model.idiosyncratic_chain.num_states)
    logs = [_root(model, functools.partial(gaps, alone=alone), start) for alone in states]
    return Sizes(*np.exp(logs).T)


def _root(model: BranchingFirms, gaps: Callable[[np.ndarray], np.ndarray], start: np.ndarray) -> np.ndarray:
    found = system_root(gaps, start, CLEARED, 1e-15)
    if found is None:
        raise no_rest(model)
    return found


def _costs(model: BranchingFirms, price: float) -> np.ndarray:
    """What a unit of capital and of labor costs to use, in goods."""
    return np.array([1 / model.discount_factor - 1 + model.depreciation, model.leisure_weight / price])


def _produced(
    model: BranchingFirms, aggregate: float, shares: np.ndarray, capital: float, labor: float
) -> tuple[float, np.ndarray]:
    """Output, mean over productivities with shares [E], and the products of a unit more of each input, [2]."""
    inputs = tf.constant(capital, tf.float64), tf.constant(labor, tf.float64)
    states, level = tf.constant(model.idiosyncratic_chain.values), tf.constant(aggregate, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = tf.tensordot(tf.constant(shares), model.output(states, *inputs, level), 1)
    return float(output), np.array(tape.gradient(output, inputs))
