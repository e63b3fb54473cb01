"""Business-cycle moments: the filter against a dense solve, moments of waves that are known."""

import numpy as np
import pytest

from hetkeras.methods.krusell_smith.business_cycle import AGGREGATES, business_cycle_moments

PERIODS = 80


def cycle(logs, smoothing):
    """What is left of a series less its trend: trend = (I + lambda D'D)^-1 series, D second differences."""
    second = np.diff(np.eye(len(logs)), 2, axis=0)
    return logs - np.linalg.solve(np.eye(len(logs)) + smoothing * second.T @ second, logs)


def make_series(seed=0):
    draws = np.random.default_rng(seed)
    common = 0.02 * draws.normal(size=PERIODS).cumsum()
    return {name: np.exp(0.1 + common + 0.01 * draws.normal(size=PERIODS)) for name in AGGREGATES}


@pytest.mark.parametrize("smoothing", [100.0, 1600.0])
def test_moments_are_those_of_a_dense_solve_of_the_filter(smoothing):
    series = make_series()
    found = business_cycle_moments(series, smoothing)
    cycles = {name: 100 * cycle(np.log(values), smoothing) for name, values in series.items()}
    for name in AGGREGATES:
        assert found[f"sd_{name}"] == pytest.approx(np.sqrt(np.mean(cycles[name] ** 2)), rel=1e-9)
    for name in AGGREGATES[1:]:
        expected = cycles["output"] @ cycles[name] / PERIODS
        assert found[f"sd_{name}_to_output"] == pytest.approx(found[f"sd_{name}"] / found["sd_output"], rel=1e-12)
        product = found["sd_output"] * found[f"sd_{name}"]
        assert found[f"correlation_{name}"] == pytest.approx(expected / product, rel=1e-9)


def test_years_are_the_default():
    series = make_series()
    assert business_cycle_moments(series) == business_cycle_moments(series, 100.0)
    assert business_cycle_moments(series)["sd_output"] < business_cycle_moments(series, 1600.0)["sd_output"]


def test_growth_at_a_constant_rate_and_units_are_no_cycle():
    series = make_series()
    growing = {name: 7.0 * values * np.exp(0.03 * np.arange(PERIODS)) for name, values in series.items()}
    found, expected = business_cycle_moments(growing), business_cycle_moments(series)
    for name, number in expected.items():
        assert found[name] == pytest.approx(number, rel=1e-6)


def test_a_multiple_of_the_logs_has_a_multiple_of_the_deviation_and_moves_along():
    series = make_series()
    series["investment"], series["labor"] = series["output"] ** 4, series["output"] ** -0.5
    found = business_cycle_moments(series)
    assert found["sd_investment_to_output"] == pytest.approx(4, rel=1e-9)
    assert found["sd_labor_to_output"] == pytest.approx(0.5, rel=1e-9)
    assert found["correlation_investment"] == pytest.approx(1, rel=1e-9)
    assert found["correlation_labor"] == pytest.approx(-1, rel=1e-9)


def test_a_fast_wave_passes_the_filter_whole_and_in_per_cent():
    wave = 0.01 * (-1.0) ** np.arange(400)
    found = business_cycle_moments(dict.fromkeys(AGGREGATES, np.exp(wave)))
    assert found["sd_output"] == pytest.approx(1.0, rel=2e-3)
