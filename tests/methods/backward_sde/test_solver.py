"""Training on the backward equation: its identity along paths, a known value found, bits that a resumed run repeats."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.methods.backward_sde.backward_equation import path_values
from hetkeras.methods.backward_sde.options import BackwardOptions, make_solver
from hetkeras.methods.backward_sde.paths import Paths, antithetic_shocks, simulate, start_of
from hetkeras.methods.backward_sde.settings import BackwardSettings
from hetkeras.models.lq_control import LQControl
from tests.methods.backward_sde.heat import Heat, exact
from tests.small_solves import plain

SETTINGS = ("num_steps=200", "batch_size=16", "time_steps=4", "warmup_steps=2")


def solver(model=Heat(dimension=4), **options):
    keras.utils.set_random_seed(0)
    return plain(make_solver(model, BackwardOptions(width=8, **{"solver": SETTINGS, **options})))


def test_with_two_point_shocks_what_follows_is_the_value_itself_where_states_do_not_interact():
    model = Heat()
    shocks = antithetic_shocks(tf.constant([0, 0]), (4, 6, 3), "two_point")
    np.testing.assert_allclose(tf.square(shocks), 1.0)
    np.testing.assert_array_equal(shocks[:, :3], -shocks[:, 3:])
    value, following = path_values(model, exact(model), simulate(model, start_of(model, 6), 0.0, shocks))
    np.testing.assert_allclose(following, value[:-1], rtol=1e-5)


def test_shapes_of_paths_that_do_not_fit_are_refused():
    paths = Paths(tf.zeros((3, 2)), tf.zeros((3, 2, 3)), tf.zeros((3, 2, 3)), tf.constant(0.1))
    with pytest.raises(ShapeError, match=r"states \(3, 2, 3\) and increments \(3, 2, 3\); expected"):
        path_values(Heat(), exact(Heat()), paths)


@pytest.mark.parametrize("network", ["dense", "deep_sets"])
def test_training_comes_closer_and_a_checkpoint_goes_on_to_the_bit(network):
    whole, resumed = solver(network=network), solver(network=network)
    _, first = whole.train(tf.constant(4))
    _, last = whole.train(tf.constant(196))
    assert last["distance_rms"] < 0.7 * first["distance_rms"]
    resumed.train(tf.constant(4))
    again = solver(network=network)
    state = tf.train.Checkpoint(step=resumed.step, **resumed.tracked())
    other = tf.train.Checkpoint(step=again.step, **again.tracked())
    for one, two in zip(_variables(state), _variables(other), strict=True):
        two.assign(one)
    again.train(tf.constant(196))
    for one, two in zip(again.network.variables, whole.network.variables, strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(again.visited, whole.visited)


def _variables(checkpoint):
    tracked = {name: value for name, value in vars(checkpoint).items() if name in ("weights", "constants")}
    flat = [*tracked["weights"], *tracked["constants"]]
    return [*flat, *checkpoint.optimizer.variables, checkpoint.panel, checkpoint.step]


def test_the_value_at_the_horizon_is_exact_and_other_times_are_impossible():
    model = LQControl(dimension=4)
    value = solver(model).solution().signatures["value"]
    state = tf.constant([[0.1, 0.2, 0.3, 4.0]])
    found = value.function(time=tf.ones(1), state=state)
    np.testing.assert_array_equal(found["value"], model.terminal_value(state))
    possible = value.domains["time"](tf.constant([-0.1, 0.0, 1.0, 1.1, np.nan]))
    np.testing.assert_array_equal(possible, [False, True, True, False, False])


def test_states_that_are_not_exchangeable_have_no_summary():
    weighted = type("Weighted", (LQControl,), {"terminal_value": lambda self, state: tf.reduce_sum(state[..., 1:], -1)})
    with pytest.raises(CalibrationError, match="network=deep_sets needs states that are exchangeable"):
        solver(weighted(dimension=3), network="deep_sets")


@pytest.mark.parametrize(("setting", "told"), [("batch_size=15", "an even number"), ("warmup_steps=2000", "below")])
def test_settings_that_contradict_each_other(setting, told):
    with pytest.raises(CalibrationError, match=told):
        BackwardSettings.chosen({}, (setting,))
