"""Reloaded functions in the model's own terms: names of inputs, gains of flips instead of gains of entry, any axes."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.models.export_entry.model import ExportEntry

MODEL = ExportEntry(num_destinations=3, revenue_loadings=(0.1, 0.0))
RNG = np.random.default_rng(0)


def policy(**inputs):
    """Gains of entry are the cost, the value weighs everything by its place."""
    assert inputs.keys() == {"cost", "revenue", "active"}
    assert {part.dtype for part in inputs.values()} == {tf.float32}
    assert all(part.shape.rank == 2 for part in inputs.values())
    places = tf.range(1.0, 4.0)
    value = sum(tf.linalg.matvec(part, places) * size for part, size in zip(inputs.values(), (1, 10, 100), strict=True))
    choice = inputs["cost"] > 0.8
    return {"value": value, "entry_gain": inputs["cost"], "enter": choice, "rate": inputs["revenue"]}


def opportunity(group, firm, which, **inputs):
    assert inputs.keys() == {"cost", "revenue", "active"}
    cells = tf.cast(100 * group + 10 * firm + which, tf.float32)
    return {"entry_gain": cells + tf.gather_nd(inputs["cost"], tf.stack([group, which], -1))}


@pytest.fixture
def loaded():
    return LoadedFlipPolicy(MODEL, {"policy": policy, "opportunity": opportunity})


def points(*shape):
    state, binary = RNG.normal(0.8, 0.2, (*shape, 6)), RNG.integers(0, 2, (*shape, 3))
    return tf.constant(state, tf.float32), tf.constant(binary, tf.float32)


def test_gains_are_those_of_flips(loaded):
    state, binary = points(7)
    look = loaded.evaluate(state, binary)
    signs = np.where(binary.numpy() > 0.5, -1, 1)
    np.testing.assert_array_equal(look.gains, signs * state.numpy()[:, :3])
    np.testing.assert_array_equal(look.rate, state[:, 3:])
    np.testing.assert_array_equal(look.choice, state.numpy()[:, :3] > np.float32(0.8))


def test_states_are_split_into_the_inputs_that_bear_their_names(loaded):
    state, binary = points(7)
    parts = state.numpy()[:, :3], state.numpy()[:, 3:], binary.numpy()
    expected = sum(size * part @ [1, 2, 3] for size, part in zip((1, 10, 100), parts, strict=True))
    np.testing.assert_allclose(loaded.evaluate(state, binary).value, expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 1, 4), ()])
def test_values_take_any_leading_axes(loaded, shape):
    state, binary = points(*shape)
    found = loaded.value(state, binary)
    assert found.shape == shape
    rows = loaded.evaluate(tf.reshape(state, (-1, 6)), tf.reshape(binary, (-1, 3))).value
    np.testing.assert_allclose(tf.reshape(found, [-1]), rows, rtol=1e-6)


def test_gains_of_single_opportunities_are_those_of_flips(loaded):
    state, binary = points(2)[0], tf.constant(RNG.integers(0, 2, (2, 4, 3)), tf.float32)
    group, firm, which = (tf.constant(RNG.integers(0, high, 20), tf.int32) for high in (2, 4, 3))
    found = loaded.opportunity(state, binary, group, firm, which).numpy()
    for case, (g, f, j) in enumerate(zip(group.numpy(), firm.numpy(), which.numpy(), strict=True)):
        expected = 100 * g + 10 * f + j + state.numpy()[g, j]
        assert found[case] == pytest.approx((1 - 2 * binary.numpy()[g, f, j]) * expected, rel=1e-6)


def test_functions_of_single_precision_take_double_precision_states(loaded):
    state, binary = points(3)
    found = loaded.value(tf.cast(state, tf.float64), tf.cast(binary, tf.float64))
    np.testing.assert_array_equal(found, loaded.value(state, binary))
