"""Forecast statistics on series short enough to compute by hand."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.forecast_accuracy import dynamic_forecast, forecast_accuracy

NAMES = ("z1", "z2", "z3", "z4")
INTERCEPTS = np.array([[0.1, 1.0], [0.2, 0.9]])  # of log K' and log p, by state


def rules(aggregate, mean_capital):
    lines, logs = tf.gather(tf.constant(INTERCEPTS), aggregate), tf.math.log(mean_capital)
    return tf.exp(lines[:, 0] + 0.5 * logs), tf.exp(lines[:, 1] - 0.4 * logs)


def make_series(log_capital, log_price, aggregate, capital_errors=0.0, price_errors=0.0):
    """What happened, and forecasts one period ahead that miss it by the given errors."""
    capital, price = np.array(log_capital), np.array(log_price)
    following = np.append(capital[1:], np.nan) - capital_errors
    return {
        "mean_capital": np.exp(capital),
        "price": np.exp(price),
        "forecast_mean_capital_next": np.exp(following),
        "forecast_price": np.exp(price - price_errors),
    }


def test_the_dynamic_forecast_goes_on_from_its_own_forecasts():
    found = dynamic_forecast(rules)(np.array([0, 1, 0]), np.exp(0.6))
    logs = [0.6, 0.1 + 0.3, 0.2 + 0.2]
    np.testing.assert_allclose(np.log(found["mean_capital"]), logs, rtol=1e-14)
    prices = [1.0 - 0.4 * 0.6, 0.9 - 0.4 * 0.4, 1.0 - 0.4 * 0.4]
    np.testing.assert_allclose(np.log(found["price"]), prices, rtol=1e-14)


def test_den_haan_statistics_are_maximum_and_mean_distances():
    states = np.array([0, 1, 0, 1])
    series = make_series([0.40, 0.42, 0.41, 0.43], [0.8, 0.81, 0.79, 0.8], states)
    shifts = np.array([0.0, 0.003, -0.001, 0.002])
    dynamic = {
        "mean_capital": series["mean_capital"] * np.exp(shifts),
        "price": series["price"] * np.exp(-2 * shifts),
    }
    found = forecast_accuracy(states, series, dynamic, NAMES[:2])
    assert found["den_haan_mean_capital_max"] == pytest.approx(0.003, rel=1e-10)
    assert found["den_haan_mean_capital_mean"] == pytest.approx(0.0015, rel=1e-10)
    assert found["den_haan_price_max"] == pytest.approx(0.006, rel=1e-10)
    assert found["den_haan_price_mean"] == pytest.approx(0.003, rel=1e-10)


def test_errors_one_period_ahead_are_filed_under_the_state_in_which_they_were_made():
    states = np.array([0, 0, 1, 1, 0])
    capital, price = [0.40, 0.42, 0.41, 0.43, 0.44], [0.80, 0.81, 0.79, 0.80, 0.82]
    wrong_capital, wrong_price = np.array([0.01, -0.01, 0.02, 0.0, 9.0]), np.array([0.003, 0.001, 0.0, 0.004, 9.0])
    series = make_series(capital, price, states, wrong_capital, wrong_price)
    found = forecast_accuracy(states, series, series, NAMES[:2])
    assert found["forecast_rmse_mean_capital"] == pytest.approx(np.sqrt(6e-4 / 4), rel=1e-10)
    assert found["forecast_rmse_mean_capital_z1"] == pytest.approx(0.01, rel=1e-10)
    assert found["forecast_rmse_mean_capital_z2"] == pytest.approx(np.sqrt(4e-4 / 2), rel=1e-10)
    assert found["forecast_rmse_price"] == pytest.approx(np.sqrt(26e-6 / 4), rel=1e-10)
    assert found["forecast_rmse_price_z1"] == pytest.approx(np.sqrt(10e-6 / 2), rel=1e-10)
    assert found["forecast_rmse_price_z2"] == pytest.approx(np.sqrt(16e-6 / 2), rel=1e-10)
    # K' of state 0: .42 and .41, about .415; of state 1: .43 and .44
    assert found["forecast_r2_mean_capital_z1"] == pytest.approx(1 - 2e-4 / 5e-5, rel=1e-8)
    assert found["forecast_r2_mean_capital_z2"] == pytest.approx(1 - 4e-4 / 5e-5, rel=1e-8)
    assert found["forecast_r2_mean_capital"] == pytest.approx(1 - 6e-4 / 1e-4, rel=1e-8)
    # p of state 0: .80 and .81; of state 1: .79 and .80
    assert found["forecast_r2_price"] == pytest.approx(1 - 26e-6 / 1e-4, rel=1e-8)
    assert found["forecast_r2_price_z1"] == pytest.approx(1 - 10e-6 / 5e-5, rel=1e-8)


def test_a_perfect_forecast_has_no_error_and_a_square_of_one():
    states = np.array([0, 1, 0, 1, 0, 0])
    series = make_series([0.40, 0.42, 0.41, 0.43, 0.40, 0.39], [0.8, 0.79, 0.81, 0.78, 0.8, 0.82], states)
    found = forecast_accuracy(states, series, series, NAMES[:2])
    for name, number in found.items():
        assert number == pytest.approx(1 if "_r2_" in name else 0, abs=1e-12), name


def test_a_state_that_never_occurs_is_left_out():
    states = np.array([0, 2, 0, 2, 0])
    series = make_series([0.40, 0.42, 0.41, 0.43, 0.44], [0.80, 0.81, 0.79, 0.80, 0.82], states, 0.01, 0.01)
    found = forecast_accuracy(states, series, series, NAMES)
    assert "forecast_rmse_price_z3" in found
    assert not {name for name in found if name.endswith(("_z2", "_z4"))}
    assert all(np.isfinite(list(found.values())))


@pytest.mark.parametrize("name", ["price", "mean_capital"])
def test_the_error_of_the_rules_is_what_a_line_would_have_foreseen(name):
    """A systematic error counts whole, also in one state alone; noise about the right line does not."""
    draws = np.random.default_rng(0)
    states = draws.integers(0, 2, 4001)
    capital, price = draws.uniform(0.3, 0.6, 4001), draws.uniform(0.7, 0.9, 4001)
    noise = 0.01 * draws.normal(size=4001)
    shift = np.where(states == 1, 0.004 + 0.01 * (capital - 0.45), 0.0)
    for systematic, error in ((0.0, noise), (0.0055, shift), (0.0055, shift + noise)):
        errors = {"capital_errors": 0.0, "price_errors": 0.0, f"{name.removeprefix('mean_')}_errors": error}
        found = forecast_accuracy(states, series := make_series(capital, price, states, **errors), series, NAMES[:2])
        assert found["rules_error"] == pytest.approx(systematic, abs=2e-3)
        if systematic and error is shift:
            assert found["rules_error"] == pytest.approx(systematic, rel=2e-3)


@pytest.mark.parametrize(("fewest", "expected"), [(3, 0.0), (2, 0.05), (5, 0.0)])
def test_few_periods_in_a_state_tell_nothing_of_its_line(fewest, expected):
    states = np.array([0, 0, 0, 0, 1, 1, 0])
    capital = np.array([0.40, 0.42, 0.41, 0.43, 0.44, 0.40, 0.41])
    errors = np.where(states == 1, 0.05, 0.0)
    series = make_series(capital, 1 - 0.4 * capital, states, 0.0, errors)
    found = forecast_accuracy(states, series, series, NAMES[:2], fewest)
    assert found["rules_error"] == pytest.approx(expected, abs=1e-12)
