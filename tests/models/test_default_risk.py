"""A claim that may default: rates as the paper draws them; which shocks its terminal value needs."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.backward_sde.increments import fitting_increments
from hetkeras.models.default_risk import DefaultRisk
from hetkeras.models.lq_control import LQControl


def test_default_rates_fall_from_high_to_low_between_two_values():
    rates = DefaultRisk().default_rate(tf.constant([0.0, 50.0, 60.0, 70.0, 90.0]))
    np.testing.assert_allclose(rates, [0.2, 0.2, 0.11, 0.02, 0.02], rtol=1e-6)


def test_the_driver_loses_interest_and_what_is_not_recovered():
    model, value = DefaultRisk(), tf.constant([60.0])
    found = model.driver(tf.zeros(1), tf.zeros((1, 2)), value, tf.zeros((1, 2)))
    np.testing.assert_allclose(found, [-(0.11 / 3 + 0.02) * 60.0], rtol=1e-6)


def test_a_claim_on_the_least_asset_hangs_on_tails_that_two_point_increments_do_not_have():
    assert fitting_increments(DefaultRisk(), 16) == "normal"
    assert fitting_increments(LQControl(dimension=20), 16) == "two_point"


def test_values_in_the_wrong_order_are_refused():
    with pytest.raises(CalibrationError, match=r"low_value is 80.0; expected below high_value 70.0"):
        DefaultRisk(low_value=80.0)
