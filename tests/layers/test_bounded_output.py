"""The head: its value and slope at zero, and bounds that no input crosses."""

import random

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.layers.bounded_output import BoundedOutput

BOUNDS = [(None, None), (-0.5, None), (None, 2.0), (-0.5, 2.0)]


@pytest.mark.parametrize(("lower", "upper"), BOUNDS)
def test_centre_and_slope_at_zero(lower, upper):
    head, zero = BoundedOutput(0.3, 0.7, lower, upper, dtype="float64"), tf.constant(0.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(zero)
        value = head(zero)
    assert float(value) == pytest.approx(0.3, abs=1e-15)
    assert float(tape.gradient(value, zero)) == pytest.approx(0.7, rel=1e-14)


@pytest.mark.parametrize(("lower", "upper"), BOUNDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rises_and_keeps_its_bounds(lower, upper, dtype):
    inputs = np.concatenate([[-1e4], np.linspace(-3, 3, 101), [1e4]]).astype(dtype)
    values = BoundedOutput(0.3, 0.7, lower, upper, dtype=dtype)(inputs).numpy()
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) > 0)
    assert lower is None or np.all(values >= np.array(lower, dtype))
    assert upper is None or np.all(values <= np.array(upper, dtype))


@pytest.mark.parametrize(("lower", "upper"), BOUNDS)
def test_reaches_as_far_as_it_may(lower, upper):
    """Far out a bounded side is at its bound and an open side keeps growing."""
    low, high = BoundedOutput(0.3, 0.7, lower, upper, dtype="float64")(np.array([-1e4, 1e4])).numpy()
    assert low < -6000 if lower is None else low == pytest.approx(lower, abs=1e-12)
    assert high > 6000 if upper is None else high == pytest.approx(upper, abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rounding_never_steps_over_a_bound(dtype):
    rng = random.Random(0)
    for _ in range(50):
        lower = rng.uniform(-2, 1)
        upper = lower + rng.uniform(0.1, 3)
        values = BoundedOutput((lower + upper) / 2, 1.0, lower, upper, dtype=dtype)(np.array([-1e4, 1e4], dtype))
        assert values[0] >= np.array(lower, dtype)
        assert values[1] <= np.array(upper, dtype)
