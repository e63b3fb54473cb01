"""Production networks that several tests share."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.models.production_network.benchmark_economies import small_table, star_table
from hetkeras.models.production_network.link_formation_game import LinkFormationGame
from hetkeras.models.production_network.planner import ProductionNetwork

EFFORTS = {"search_cost": 0.3, "maintenance_cost": 0.8, "exit_rate": 0.4}  # which move links of `random_network` a lot
DATA = Path(__file__).resolve().parents[2] / "shared" / "reference" / "vlw_37_sectors.npz"  # beside the project


def random_network(count=3, num_factors=1, seed=0, **changes):
    """Sectors that differ in everything; some links are worth having, some are not."""
    return ProductionNetwork(**small_table(count, num_factors, seed) | changes)


def delegates(count=2, num_factors=1, seed=0, **changes):
    """The same sectors, who decide themselves."""
    return LinkFormationGame(**small_table(count, num_factors, seed) | changes)


def star_network(suppliers=36, **changes):
    """The hub is sector 0: the star of the notes."""
    return ProductionNetwork(**star_table(suppliers + 1) | changes)


def networks_and_states(model, count=20, seed=0):
    """Links [B, N, N], active sectors [B] and factors [B, M] within two standard deviations."""
    rng, size = np.random.default_rng(seed), model.num_sectors
    links = (rng.uniform(size=(count, size, size)) < rng.uniform(size=(count, 1, 1))) | np.eye(size, dtype=bool)
    spread = (2 * model.reversion) ** -0.5
    factors = spread * np.clip(rng.normal(size=(count, model.num_factors)), -2, 2)
    return links.astype(float), rng.integers(0, size, count), factors


def generator_of(model, value, state, binary):
    """L of a function of states [B, N] -> [B], by automatic differentiation."""

    def along(step, direction):
        return value(state + step[:, None] * direction)

    curvature = 0.0
    for direction in tf.unstack(tf.constant(model.factor_loadings.T)):
        with tf.GradientTape() as outer:
            zero = tf.zeros(len(state), tf.float64)
            outer.watch(zero)
            with tf.GradientTape() as inner:
                inner.watch(zero)
                found = along(zero, direction)
            slope = inner.gradient(found, zero)
        curvature += 0.0 if model.risk_aversion == 1 else outer.gradient(slope, zero)
    with tf.GradientTape() as tape:
        tape.watch(state)
        found = value(state)
    return tf.reduce_sum(tape.gradient(found, state) * model.drift(state, binary), -1) + curvature / 2


def gains_of_planner(gain):
    """As an export gives them, where one decides for all."""
    return {"link_gain": gain, "decision": gain}


def data():
    """The file of 37 sectors, where it is at hand."""
    try:
        return np.load(DATA)
    except FileNotFoundError:
        pytest.skip(f"{DATA} is not at hand")


def drawn_points(model, count=20):
    """State [B, D], binary [B, J] in float64, regime [B]."""
    links, sector, factors = networks_and_states(model, count)
    states = model.mean_state + factors @ model.factor_loadings.T
    return tf.constant(states), tf.reshape(tf.constant(links), (count, -1)), tf.constant(sector, tf.int32)
