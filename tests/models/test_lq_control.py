"""Linear-quadratic control: its exact value solves its equation, in any calibration."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.backward_sde.residual import equation_residual
from hetkeras.models.lq_control import LQControl


@pytest.mark.parametrize("strength", [0.5, 3.0])
def test_the_exact_value_solves_the_equation(strength):
    model = LQControl(dimension=3, control_strength=strength, horizon=2.0)
    state = tf.constant(np.random.default_rng(0).normal(0, 3, (20, 3)))
    time = tf.constant(np.linspace(0.2, 1.2, 20))
    residual = equation_residual(model, lambda t, x: (model.exact_value(t, x), None), time, state)
    assert np.abs(residual).max() < 0.02


def test_calibrations_out_of_range():
    with pytest.raises(CalibrationError, match="control_strength is"):
        LQControl(control_strength=0.0)
