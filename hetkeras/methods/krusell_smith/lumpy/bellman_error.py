"""Does the value function solve the Bellman equation, and do the choices reach the maximum?

The gap of V to the right-hand side of the Bellman equation is taken at expected prices on the points of
Yokomoto (2026), Table 2, and on a grid that shares none of them. A constant in V is harmless (it moves no choice),
so the gap is also given less its mean. Everything is relative to the range of V over the points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy

Value = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""(aggregate index [B], mean capital [B], capital [B, P]) -> [B, E, P]."""


def bellman_errors(model: PriceTakingFirms, policy: FirmPolicy, value: Value) -> dict[str, float]:
    """Returns mean and maximum gaps, and how far choices stay below the maximum.

    `choice_regret` is the value lost by the chosen target against the best one on a fine grid, mean over states, in
    units of the mean adjustment cost; `target_gap` the mean distance between the two in logs.
    """
    low, high = model.capital_bounds
    mean_low, mean_high = model.mean_capital_bounds
    points = np.geomspace(low, high, 10), np.linspace(mean_low, mean_high, 10)
    others = np.geomspace(1.07 * low, high / 1.07, 37), np.linspace(mean_low, mean_high, 8)[1:-1]
    values, gaps = bellman_gaps(model, policy, value, *points)
    scale = np.ptp(values)
    numbers = {"bellman_error_level_mean": np.abs(gaps).mean(), "bellman_error_level_max": np.abs(gaps).max()}
    numbers |= {"bellman_error_mean": np.abs(gaps).mean() / scale, "bellman_error_max": np.abs(gaps).max() / scale}
    numbers["bellman_error_demeaned"] = np.abs(gaps - gaps.mean()).mean() / scale
    _, gaps = bellman_gaps(model, policy, value, *others)
    numbers["bellman_error_off_grid"] = np.abs(gaps).mean() / scale
    return {name: float(number) for name, number in numbers.items()} | _choices(model, policy, others[1])


def bellman_gaps(
    model: PriceTakingFirms, policy: FirmPolicy, value: Value, capital: np.ndarray, mean_capital: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """V and TV - V at all states and points, [A, K, E, P]."""
    chains = model.aggregate_chain, model.idiosyncratic_chain
    values, gaps = [], []
    for state in range(chains[0].num_states):
        index, firms = _rows(state, mean_capital), tf.repeat(tf.constant(capital)[None], len(mean_capital), 0)
        following, *prices = policy.forecast(index, tf.constant(mean_capital))
        paying, price = model.at(*(each[:, None, None] for each in prices)), prices[0]
        target, stay = (
            policy.target(policy.outlook(index, tf.constant(mean_capital)), price),
            model.unadjusted_capital(firms),
        )
        states = range(chains[0].num_states)
        carried = [value(_rows(s, mean_capital), following, tf.concat([target, stay], 1)) for s in states]
        expected = tf.einsum("sbfp,s,ef->bep", tf.stack(carried), chains[0].transition[state], chains[1].transition)
        expected = model.discount_factor * expected - price[:, None, None] * tf.concat([target, stay], 1)[:, None]
        aimed = tf.linalg.diag_part(expected[..., : chains[1].num_states])[..., None]
        gain = aimed - expected[..., chains[1].num_states :]
        payoff = paying.payoff(chains[1].values[:, None], firms[:, None], tf.constant(chains[0].values[state]))
        found = value(index, tf.constant(mean_capital), firms)
        values.append(found.numpy())
        gaps.append((payoff + aimed - paying.expected_friction_loss(gain) - found).numpy())
    return np.array(values), np.array(gaps)


def _choices(model: PriceTakingFirms, policy: FirmPolicy, mean_capital: np.ndarray) -> dict[str, float]:
    """Targets at expected prices and off them against a fine grid of alternatives around the largest and smallest."""
    gaps, regrets = [], []
    for state in range(model.aggregate_chain.num_states):
        index = _rows(state, mean_capital)
        outlook, price = policy.outlook(index, tf.constant(mean_capital)), None
        price = policy.forecast(index, tf.constant(mean_capital))[1]
        for factor in (0.99, 1.0, 1.01):
            target = policy.target(outlook, factor * price)
            grid = tf.exp(tf.linspace(tf.math.log(model.capital_bounds[0]), tf.math.log(model.capital_bounds[1]), 2000))
            points = tf.repeat(tf.cast(grid, tf.float64)[None], len(mean_capital), 0)
            reached = policy.continuation(outlook, points) - factor * price[:, None, None] * points[:, None]
            own = tf.linalg.diag_part(policy.continuation(outlook, target)) - factor * price[:, None] * target
            best = tf.gather(grid, tf.argmax(reached, -1))
            gaps.append(np.abs(np.log(target.numpy() / best.numpy())))
            regrets.append((tf.reduce_max(reached, -1) - own).numpy() / model.max_friction_loss)
    return {"target_gap": float(np.mean(gaps)), "choice_regret": float(np.mean(np.maximum(regrets, 0)))}


def _rows(state: int, mean_capital: np.ndarray) -> tf.Tensor:
    return tf.fill((len(mean_capital),), tf.constant(state, tf.int32))
