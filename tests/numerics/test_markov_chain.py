"""Markov chains: Tauchen's cells, long-run shares, paths by inversion, refusals."""

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from hetkeras.errors import CalibrationError
from hetkeras.numerics.markov_chain import MarkovChain

PRODUCTIVITY = MarkovChain.tauchen(5, 0.859, 0.014, 2.0)
WEATHER = MarkovChain(np.array([0.5, 1.5]), np.array([[0.9, 0.1], [0.3, 0.7]]))


@pytest.mark.parametrize(
    ("volatility", "levels"),
    [
        (0.014, [0.9467785, 0.9730254, 1.0, 1.0277224, 1.0562133]),
        (0.022, [0.9176478, 0.9579394, 1.0, 1.0439074, 1.0897427]),
    ],
    ids=["aggregate", "idiosyncratic"],
)
def test_grids_of_the_lumpy_investment_literature(volatility, levels):
    chain = MarkovChain.tauchen(5, 0.859, volatility, 2.0)
    np.testing.assert_allclose(np.exp(chain.values), levels, rtol=0, atol=6e-8)


@pytest.mark.parametrize("volatility", [0.014, 0.022])
def test_probabilities_of_the_lumpy_investment_literature_do_not_depend_on_volatility(volatility):
    """Published to within the error of their normal distribution function."""
    transition = MarkovChain.tauchen(5, 0.859, volatility, 2.0).transition
    first = [0.664873830, 0.326446805, 0.00867198534, 7.38e-6, 1.6e-10]
    middle = [0.00169575105, 0.162685599, 0.671237300, 0.162685599, 0.00169575105]
    np.testing.assert_allclose(transition[[0, 2]], [first, middle], rtol=0, atol=1e-7)
    np.testing.assert_allclose(transition[0, 3:], first[3:], rtol=0.03)


@pytest.mark.parametrize(("persistence", "width"), [(0.859, 2.0), (0.0, 3.0), (-0.6, 1.5), (0.98, 3.0)])
def test_probabilities_integrate_the_normal_density_over_the_cells(persistence, width):
    volatility = 0.3
    chain = MarkovChain.tauchen(6, persistence, volatility, width)
    middles = (chain.values[1:] + chain.values[:-1]) / 2
    far = 12 * volatility / np.sqrt(1 - persistence**2)
    cells = list(zip([-far, *middles], [*middles, far], strict=True))
    for value, row in zip(chain.values, chain.transition, strict=True):
        density = scipy.stats.norm(persistence * value, volatility).pdf
        exact = [scipy.integrate.quad(density, *cell, points=[persistence * value], epsabs=1e-13)[0] for cell in cells]
        np.testing.assert_allclose(row, exact, rtol=0, atol=1e-12)


def test_grid_is_even_and_as_wide_as_asked():
    chain = MarkovChain.tauchen(7, 0.8, 0.3, 2.5)
    deviation = 0.3 / np.sqrt(1 - 0.8**2)
    assert chain.num_states == 7
    np.testing.assert_allclose(chain.values, 2.5 * deviation * np.linspace(-1, 1, 7), rtol=1e-14, atol=1e-16)


def test_rows_are_shares_and_mirror_each_other():
    transition = PRODUCTIVITY.transition
    assert transition.min() > 0
    np.testing.assert_allclose(transition.sum(1), 1, rtol=1e-14)
    np.testing.assert_allclose(transition[::-1, ::-1], transition, rtol=0, atol=1e-15)


def test_without_persistence_every_state_has_the_same_outlook():
    transition = MarkovChain.tauchen(5, 0.0, 0.2, 2.0).transition
    np.testing.assert_array_equal(transition, np.tile(transition[0], (5, 1)))


def test_negative_persistence_swaps_high_and_low():
    up, down = (MarkovChain.tauchen(5, rho, 0.2, 2.0).transition for rho in (0.7, -0.7))
    np.testing.assert_allclose(down, up[:, ::-1], rtol=0, atol=1e-15)


def test_a_fine_wide_grid_has_the_moments_of_the_process():
    chain = MarkovChain.tauchen(201, 0.8, 0.1, 6.0)
    shares, expected = chain.stationary(), chain.transition @ chain.values
    variance = shares @ chain.values**2
    assert shares @ chain.values == pytest.approx(0, abs=1e-12)
    # Rounding to cells of width h adds h^2 / 12 to the variance of an innovation.
    step = chain.values[1] - chain.values[0]
    assert variance == pytest.approx((0.1**2 + step**2 / 12) / (1 - 0.8**2), rel=1e-6)
    assert shares @ (chain.values * expected) / variance == pytest.approx(0.8, rel=1e-6)


def test_long_run_shares_of_two_states():
    np.testing.assert_allclose(WEATHER.stationary(), [0.75, 0.25], rtol=1e-14)


def test_long_run_shares_stay_and_are_where_every_start_ends():
    shares = PRODUCTIVITY.stationary()
    np.testing.assert_allclose(shares @ PRODUCTIVITY.transition, shares, rtol=0, atol=1e-15)
    np.testing.assert_allclose(
        np.linalg.matrix_power(PRODUCTIVITY.transition, 400), np.tile(shares, (5, 1)), atol=1e-13
    )
    assert shares.sum() == pytest.approx(1, rel=1e-14)


def test_long_run_shares_of_a_cycle_are_even():
    cycle = MarkovChain(np.arange(3.0), np.roll(np.eye(3), 1, axis=1))
    np.testing.assert_allclose(cycle.stationary(), 1 / 3, rtol=1e-14)


def test_states_that_are_left_for_good_have_no_long_run_share():
    chain = MarkovChain(np.arange(3.0), np.array([[0.5, 0.25, 0.25], [0.0, 0.6, 0.4], [0.0, 0.2, 0.8]]))
    np.testing.assert_allclose(chain.stationary(), [0, 1 / 3, 2 / 3], rtol=1e-13, atol=1e-15)


def test_paths_invert_the_cumulative_probabilities():
    edges = np.array([[0.0, 0.0], [0.89, 0.91], [0.29, 0.69], [0.91, 0.31]])
    paths = WEATHER.paths(0, edges)
    np.testing.assert_array_equal(paths, [[0, 0], [0, 1], [0, 1], [1, 1]])
    assert np.issubdtype(paths.dtype, np.integer)


def test_the_first_period_is_the_start_whatever_its_draws():
    draws = np.random.default_rng(0).uniform(size=(6, 2, 3))
    paths = PRODUCTIVITY.paths(3, draws)
    assert paths.shape == (6, 2, 3)
    np.testing.assert_array_equal(paths[0], 3)
    np.testing.assert_array_equal(PRODUCTIVITY.paths(3, np.concatenate([1 - draws[:1], draws[1:]])), paths)


def test_a_cycle_is_followed_step_by_step():
    cycle = MarkovChain(np.arange(4.0), np.roll(np.eye(4), 1, axis=1))
    paths = cycle.paths(2, np.random.default_rng(1).uniform(1e-9, 1 - 1e-9, (9, 5)))
    np.testing.assert_array_equal(paths, np.tile((2 + np.arange(9)[:, None]) % 4, 5))


@pytest.mark.parametrize("start", range(5))
def test_even_draws_hit_every_state_as_often_as_its_probability(start):
    count = 10_000
    draws = np.stack([np.zeros(count), (np.arange(count) + 0.5) / count])
    shares = np.bincount(PRODUCTIVITY.paths(start, draws)[1], minlength=5) / count
    np.testing.assert_allclose(shares, PRODUCTIVITY.transition[start], rtol=0, atol=1 / count)


def test_long_paths_visit_states_in_their_long_run_shares():
    draws = np.random.default_rng(2).uniform(size=(600, 500))
    paths = PRODUCTIVITY.paths(2, draws)[100:]
    shares = np.stack([(paths == state).mean(0) for state in range(5)])
    errors = shares.std(1) / np.sqrt(shares.shape[1])
    assert (np.abs(shares.mean(1) - PRODUCTIVITY.stationary()) < 4 * errors).all()


def test_a_higher_draw_never_leads_to_a_lower_state():
    draws = np.sort(np.random.default_rng(3).uniform(size=(2, 200)), axis=1)
    for start in range(5):
        assert (np.diff(PRODUCTIVITY.paths(start, draws)[1]) >= 0).all()


@pytest.mark.parametrize(
    ("values", "transition", "message"),
    [
        (np.zeros(2), np.eye(3), r"\(\(2,\), \(3, 3\)\); expected \[S\] and \[S, S\]"),
        (np.zeros(3), np.ones((3, 2)) / 2, r"\(3, 2\)\); expected \[S\] and \[S, S\]"),
        (np.zeros((2, 1)), np.eye(2), r"\(2, 1\).*expected \[S\] and \[S, S\]"),
        (np.zeros(2), np.ones(2), r"\(2,\)\); expected \[S\] and \[S, S\]"),
        (np.array([0.0, np.nan]), np.eye(2), "needs finite values and probabilities that are not negative"),
        (np.array([0.0, np.inf]), np.eye(2), "needs finite values and probabilities that are not negative"),
        (np.zeros(2), np.array([[1.0, 0.0], [np.nan, 1.0]]), "needs finite values"),
        (np.zeros(2), np.array([[1.0, 0.0], [1.5, -0.5]]), "probabilities that are not negative"),
        (np.zeros(2), np.array([[1.0, 0.0], [0.5, 0.4]]), r"row 1 of the transition matrix sums to 0\.9; expected 1"),
        (np.zeros(2), np.array([[0.5, 0.5 + 1e-6], [0.5, 0.5]]), r"row 0 .* sums to 1; expected 1"),
        (np.zeros(3), np.diag([1.01, 1.0, 1.3]), r"row 2 .* sums to 1\.3; expected 1"),
    ],
)
def test_what_is_no_chain_is_refused(values, transition, message):
    with pytest.raises(CalibrationError, match=message):
        MarkovChain(values, transition)


def test_rows_may_miss_one_by_rounding():
    MarkovChain(np.zeros(2), np.array([[0.5, 0.5 + 5e-9], [0.5, 0.5]]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 0.9, 0.1, 2.0), "got 1 states.*expected at least 2 states"),
        ((5, 1.0, 0.1, 2.0), r"persistence 1\.0.*expected.*\|persistence\| < 1"),
        ((5, -1.2, 0.1, 2.0), r"persistence -1\.2.*expected.*\|persistence\| < 1"),
        ((5, np.nan, 0.1, 2.0), r"persistence nan.*expected.*\|persistence\| < 1"),
        ((5, 0.9, 0.0, 2.0), r"volatility 0\.0 .*the others above 0"),
        ((5, 0.9, np.nan, 2.0), "volatility nan .*the others above 0"),
        ((5, 0.9, 0.1, -2.0), r"-2\.0 deviations.*the others above 0"),
        ((5, 0.9, 0.1, np.nan), "nan deviations.*the others above 0"),
    ],
)
def test_tauchen_refuses(arguments, message):
    with pytest.raises(CalibrationError, match=message):
        MarkovChain.tauchen(*arguments)


def test_a_chain_without_states_is_refused_by_name():
    with pytest.raises(CalibrationError, match=r"expected \[S\] and \[S, S\]"):
        MarkovChain(np.zeros(0), np.zeros((0, 0)))


@pytest.mark.parametrize("start", [-1, 5])
def test_a_start_outside_the_states_is_refused(start):
    with pytest.raises(CalibrationError, match=f"start.*{start}"):
        PRODUCTIVITY.paths(start, np.full((1, 2), 0.5))


def test_a_chain_on_the_grid_of_tauchen_is_tauchens():
    again = MarkovChain.on_grid(PRODUCTIVITY.values, 0.859, 0.014)
    np.testing.assert_array_equal(again.transition, PRODUCTIVITY.transition)


def test_values_need_not_be_even():
    transition = MarkovChain.on_grid(np.array([-1.0, 0.0, 3.0]), 0.5, 1.0).transition
    np.testing.assert_allclose(transition[1], np.diff(scipy.stats.norm.cdf([-np.inf, -0.5, 1.5, np.inf])), rtol=1e-14)
    np.testing.assert_allclose(transition[2], np.diff(scipy.stats.norm.cdf([-np.inf, -2.0, 0.0, np.inf])), rtol=1e-14)


@pytest.mark.parametrize(
    ("values", "volatility", "message"),
    [
        (np.array([0.0, 0.0]), 0.1, r"got \[0\.0, 0\.0\] and volatility 0\.1; expected values that rise"),
        (np.array([0.0, np.nan]), 0.1, "expected values that rise"),
        (np.array([0.0, 1.0]), 0.0, r"volatility 0\.0; expected values that rise and a volatility above 0"),
    ],
)
def test_a_chain_on_given_values_refuses(values, volatility, message):
    with pytest.raises(CalibrationError, match=message):
        MarkovChain.on_grid(values, 0.9, volatility)


def test_levels_of_a_process_in_logs():
    logs = MarkovChain.tauchen(5, 0.9, 0.02, 2.0)
    levels = logs.exp()
    np.testing.assert_array_equal(levels.values, np.exp(logs.values))
    np.testing.assert_array_equal(levels.transition, logs.transition)


def test_values_are_scaled_to_a_mean_in_the_long_run():
    chain = MarkovChain(np.array([1.0, 4.0]), np.array([[0.75, 0.25], [0.5, 0.5]]))
    np.testing.assert_allclose(chain.with_mean(1.0).values, [0.5, 2.0], rtol=1e-14)  # shares 2/3 and 1/3, mean 2
    with pytest.raises(CalibrationError, match=r"values with a mean of zero were to be scaled to 1; shift them"):
        MarkovChain(np.array([-1.0, 1.0]), np.full((2, 2), 0.5)).with_mean(1.0)
