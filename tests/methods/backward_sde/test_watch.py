"""What is watched while a value with a horizon is trained, on a value that is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.backward_sde.watch import Watch
from tests.methods.backward_sde.heat import Heat, exact

MODEL = Heat()


def watch(factor=1.0, model=MODEL):
    """Of a value that is so many times the exact one, whose deviation is 2."""
    known = exact(MODEL)

    def value(time, state):
        found, gradient = known(time, state)
        return factor * found, factor * gradient

    scaling = SimpleNamespace(deviation=tf.constant([2.0]))
    chosen = SimpleNamespace(time_steps=6)
    network = SimpleNamespace(value_scaling=scaling)
    return Watch(SimpleNamespace(model=model, seed=0, chosen=chosen, network=network, value=value))


def test_the_exact_value_has_no_distance_to_itself_and_another_has_its_own():
    right, wrong = watch().distances(), watch(1.5).distances()
    assert right["value_error"] == pytest.approx(0, abs=1e-5)
    paths = watch()._paths
    value = MODEL.exact_value(paths.time.numpy().ravel(), paths.state.numpy().reshape(-1, 3))
    assert wrong["value_error"] == pytest.approx(0.5 * np.sqrt(np.mean(value**2)) / 2, rel=1e-4)
    assert right["residual_q50"] < right["residual_q95"] < right["residual_q99"] < wrong["residual_q99"]


def test_without_a_known_value_residuals_are_left(monkeypatch):
    monkeypatch.setattr(Heat, "exact_value", lambda self, time, state: None)
    assert watch().distances().keys() == {"residual_q50", "residual_q95", "residual_q99"}
    picture = watch().picture()
    assert picture.dtype == np.uint8
    assert picture.shape[-1] == 3
