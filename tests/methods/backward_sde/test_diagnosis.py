"""A diagnosis passes the solution and refuses values that are wrong somewhere, exact values left aside."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.diagnosis.held import with_signatures
from hetkeras.methods.backward_sde import diagnosis
from hetkeras.methods.backward_sde.diagnosis import diagnose_value
from hetkeras.methods.backward_sde.held import held_functions
from tests.methods.backward_sde.heat import Heat, exact

MODEL = Heat()


@pytest.fixture(autouse=True)
def few_paths(monkeypatch):
    monkeypatch.setattr(diagnosis, "NUMBERS", 1 << 20)


def late(time):
    return tf.cast(time < MODEL.horizon, tf.float32)


PLANTED = {
    "feynman_kac_gap": lambda time, state, value: value * (1 + 0.02 * late(time)),
    "terminal_gap": lambda time, state, value: 1.001 * value,
    "off_path_value_gap": lambda time, state, value: (
        value + late(time) * tf.reduce_sum(tf.square(state - 1), -1) * (1 - time / MODEL.horizon) ** 8
    ),
    "residual_rms": lambda time, state, value: value + 0.3 * tf.sin(12.566 * time) * tf.sin(6.2832 * time),
    "value_error": lambda time, state, value: value * (1 + 0.006 * late(time)),
}


def test_the_solution_passes():
    found = diagnose_value(MODEL, exact(MODEL))
    assert found.converged, found.reason
    assert found.numbers["residual_rms"] < 1e-3
    assert found.numbers["value_error_paths"] < 1e-6


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_value_fails_where_it_is_wrong(name):
    def wrong(time, state):
        value, gradient = exact(MODEL)(time, state)
        return PLANTED[name](time, state, value), gradient

    failed = {check.name for check in diagnose_value(MODEL, wrong).checks if not check.passed}
    assert name in failed


def test_a_kink_is_no_error_of_the_gradient():
    def least(time, state):
        return tf.reduce_min(state, -1) + 0 * time, tf.one_hot(tf.argmin(state, -1), 3)

    held = held_functions(MODEL, least)["value"]
    low, high = held.expected["gradient"]
    gradient = least(held.inputs["time"], held.inputs["state"])[1].numpy()
    assert np.all((low <= gradient) & (gradient <= high))
    assert np.median(high - low) < 1e-3


class Loaded:
    outputs = {"value": ["value", "gradient"]}  # noqa: RUF012
    metadata = {"bounds": {}}  # noqa: RUF012

    def __init__(self, stretch):
        def value(time, state):
            found, gradient = exact(MODEL)(time, state)
            return {"value": found, "gradient": stretch * gradient}

        self.signatures = {"value": value}


@pytest.mark.parametrize("stretch", [1.0, 1.02])
def test_the_gradient_is_held_against_differences_of_the_value(stretch):
    held = held_functions(MODEL, exact(MODEL))
    found = with_signatures(diagnosis.Diagnosis({}, (), {}), Loaded(stretch), held)
    assert found.converged is (stretch == 1.0)
