"""The collocation reference: known values, residuals between its points, refusals."""

import numpy as np
import pytest
from scipy.integrate import quad

from hetkeras.errors import CalibrationError
from hetkeras.references.investment.mean_variance import MeanVarianceEconomy, MeanVarianceReference, positive_moment


def economy(nu, **changes):
    values = {"discount_factor": 0.95, "demand_intercept": 1.0, "demand_slope": 1.0, "demand_curvature": nu}
    values |= {"adjustment_cost": 90.0, "depreciation": 0.05, "idiosyncratic_volatility": 0.005}
    return MeanVarianceEconomy(**values | {"mean_volatility": 0.001} | changes)


def reference(nu, **changes):
    return MeanVarianceReference(economy(nu, **changes), (0.5, 1.1), (0.0, 0.006))


@pytest.mark.parametrize(("nu", "action", "mean"), [(1.5, 0.02827104, 0.752263), (1.1, 0.02443880, 0.700800)])
def test_known_values_of_the_continuum_economy(nu, action, mean):
    found = reference(nu)
    assert float(found(np.array(0.9), np.array(0.0025))) == pytest.approx(action, abs=5e-9)
    assert found.stationary_mean() == pytest.approx(mean, abs=5e-7)


@pytest.mark.parametrize("nu", [1.0, 1.5, 2.5])
def test_euler_residual_vanishes_between_the_points(nu):
    rng = np.random.default_rng(0)
    mean, variance = rng.uniform(0.52, 1.08, 2000), rng.uniform(0.0, 0.0058, 2000)
    assert np.abs(reference(nu).euler_residual(mean, variance)).max() < 1e-9


def test_price_integrates_the_cross_section():
    capital = 0.8 + 0.05 * np.random.default_rng(0).standard_normal(2_000_000)
    price = economy(1.5).price(np.array(0.8), np.array(0.0025))
    assert float(price) == pytest.approx(1 - np.mean(capital**1.5), abs=1e-4)


def test_the_distribution_matters():
    found = reference(1.5)
    equal, spread = found(np.array([0.8, 0.8]), np.array([0.0, 0.005]))
    assert abs(spread - equal) > 1e-5


@pytest.mark.parametrize("power", [1.0, 1.5, 2.7])
@pytest.mark.parametrize("distance", [0.5, 3.0, 6.9, 7.1, 20.0])
def test_moments_above_zero_are_those_of_adaptive_quadrature(power, distance):
    mean, spread = 0.8, 0.8 / distance
    density = lambda x: x**power * np.exp(-(((x - mean) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))  # noqa: E731
    expected, _ = quad(density, 0, mean + 12 * spread, epsabs=1e-13, points=[mean], limit=200)
    found = positive_moment(np.array(mean), np.array(spread**2), power)
    assert float(found) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("nu", [1.5, 3.0])
def test_it_holds_at_ten_times_the_volatility(nu):
    wide = economy(nu, idiosyncratic_volatility=0.05)
    found = MeanVarianceReference.around(wide, 0.75, (0.9, 0.05))
    rng = np.random.default_rng(0)
    mean, variance = rng.uniform(0.7, 1.0, 2000), rng.uniform(0.0, wide.widest(0.05), 2000)
    marginal_cost = 90 * 0.05 * 0.75
    assert np.abs(found.euler_residual(mean, variance)).max() < 1e-7 * marginal_cost


def test_a_cross_section_with_negative_capital_is_refused():
    with pytest.raises(CalibrationError, match="below zero"):
        MeanVarianceReference.around(economy(1.5), 0.75, (0.9, 0.3))


@pytest.mark.parametrize("means", [(0.4, 3.0), (0.4, 10.0)])
def test_a_box_in_which_the_iteration_diverges_is_refused(means):
    with pytest.raises(CalibrationError, match="did not settle"):
        MeanVarianceReference(economy(8.0), means, (0.0, 0.001), orders=(5, 2))
