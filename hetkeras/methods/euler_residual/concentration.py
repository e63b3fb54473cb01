"""Concentration of measure: how much one raw draw of N idiosyncratic shocks moves the Euler residual (last slide)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.numerics.random_draws import Shocks


def residual_spread(
    model: SymmetricEconomy,
    policy: Policy,
    sizes: Sequence[int] = (2, 8, 32, 128, 512, 2048),
    num_draws: int = 256,
    seed: int = 104_729,
) -> dict[str, np.ndarray]:
    """Standard deviation over draws of the integrand that one draw stands for, by number of agents.

    The first agent's own shock and the aggregate one are held at zero, as the expectation is conditional on them.

    Args:
      model: the economics; its own N does not matter.
      policy: takes any number of agents.
      sizes: numbers of agents N.
      num_draws: draws behind each standard deviation.
      seed: of the draws.

    Returns:
      "num_agents" and "residual_sd", each [len(sizes)]. Where one idiosyncratic shock moves firms that all act alike,
      also "analytic_sd", the first-order prediction beta |d integrand / d common shock| sqrt(N - 1) / N, which is
      exact where the solution is affine; with correlated shocks it does not fall to zero.
    """
    correlation = model.shocks.correlation
    start = model.initial_state(tf.constant([seed, 0]), 1)
    rows = []
    for size in sizes:
        state = tf.gather(start, np.arange(size) * start.shape[1] // size, axis=1)
        own = np.ones((1, size, 1))
        own[:, 0] = 0.0
        draws = model.shocks.sample(tf.constant([seed, size]), num_draws, size).idiosyncratic * own.astype(np.float32)
        integrand = model.discount_factor * _integrand(model, policy, state, draws)
        unit = 0.1 * tf.ones((1, size, model.shocks.num_idiosyncratic)) * [[[1.0]], [[-1.0]]]
        ends = model.discount_factor * _integrand(model, policy, state, unit)
        others = np.sqrt((size - 1) * (1 + (size - 2) * correlation)) / size
        rows.append((size, integrand.std(), abs(ends[0] - ends[1]) / 0.2 * others))
    columns = dict(
        zip(("num_agents", "residual_sd", "analytic_sd"), map(np.array, zip(*rows, strict=True)), strict=True)
    )
    if model.policy_state_names:
        del columns["analytic_sd"]
    return columns


def with_concentration(diagnosis: Diagnosis, model: SymmetricEconomy, policy: Policy) -> Diagnosis:
    """Adds `residual_spread` to a diagnosis as the table "concentration"."""
    tables = {**diagnosis.tables, "concentration": residual_spread(model, policy)}
    return dataclasses.replace(diagnosis, tables=tables)


def _integrand(model: SymmetricEconomy, policy: Policy, state: tf.Tensor, noise: tf.Tensor) -> np.ndarray:
    """Returns the first agent's Euler integrand for each draw: [draws] from state [1, N, D], noise [draws, N, M]."""
    repeated = tf.repeat(state, noise.shape[0], axis=0)
    action = policy(model.deciding_agents(repeated), repeated)
    moved = model.transition(repeated, action, Shocks(noise, tf.zeros(noise.shape[0])))
    agent = model.deciding_agents(moved)
    return model.euler_integrand(agent, moved, policy(agent, moved)).numpy()[:, 0].astype(np.float64)
