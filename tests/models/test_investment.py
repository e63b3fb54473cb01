"""The investment model: closed forms, special cases and refusals, in float64."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.models.investment import Investment
from hetkeras.numerics.random_draws import Shocks

EXTENDED = {
    "paper": {},
    "impatient": {"discount_factor": 0.8, "depreciation": 0.2, "adjustment_cost": 3.0, "demand_slope": 2.5},
    "types": {"productivity_types": (0.8, 1.3, 2.0), "type_shares": (0.5, 0.25, 0.25), "num_firms": 8},
    "capital price": {"capital_price_volatility": 0.1, "capital_price_persistence": 0.7, "num_firms": 5},
    "both": {
        "productivity_types": (0.9, 1.2),
        "type_shares": (0.5, 0.5),
        "capital_price_volatility": 0.05,
        "capital_price_persistence": -0.4,
        "num_firms": 6,
    },
}


def euler_residual(model, policy, seed=0, paths=4):
    state = model.initial_state(tf.constant([seed, 0]), paths, tf.float64)
    agent = model.deciding_agents(state)
    action = policy(agent, state)
    shocks, weights = model.shocks.quadrature(tf.constant([seed, 1]), paths, model.num_agents, 5, 2, tf.float64)
    expected = model.expected_integrand(policy, state, action, shocks, weights)
    return model.euler_residual(agent, state, action, expected).numpy()


@pytest.mark.parametrize("calibration", EXTENDED.values(), ids=EXTENDED)
@pytest.mark.parametrize("root", [0, 1], ids=["stable", "explosive"])
def test_both_affine_roots_solve_the_euler_equation_exactly(calibration, root):
    model = Investment(**calibration)
    policy = model.affine_policy(*model.affine_roots()[root])
    scale = model.adjustment_cost * model.steady_state()[1]
    assert np.abs(euler_residual(model, policy)).max() < 1e-12 * max(scale, 1)


def test_closed_form_has_the_coefficients_known_for_the_paper():
    model = Investment()
    (q0, q1, _), (wrong0, wrong1, _) = model.affine_roots()
    assert q0 / 90 == pytest.approx(0.068722439064825, abs=1e-14)
    assert q1 / 90 == pytest.approx(-0.050461355001343, abs=1e-14)
    assert wrong0 / 90 == pytest.approx(-0.11642, abs=1e-5)
    assert wrong1 / 90 == pytest.approx(0.22019, abs=1e-5)


@pytest.mark.parametrize("calibration", EXTENDED.values(), ids=EXTENDED)
def test_slopes_of_the_two_roots_multiply_to_the_interest_factor(calibration):
    model = Investment(**calibration)
    weight = np.mean(model.productivities() ** 2) / model.adjustment_cost
    stable, explosive = (1 - model.depreciation + weight * q1 for _, q1, _ in model.affine_roots())
    assert stable * explosive == pytest.approx(1 / model.discount_factor, rel=1e-12)
    assert abs(stable) < model.discount_factor**-0.5 < abs(explosive)


def test_steady_state_is_where_the_closed_form_rests():
    model = Investment()
    q0, q1, _ = (q / model.adjustment_cost for q in model.affine_roots()[0])
    capital, investment = model.steady_state()
    assert capital == pytest.approx(0.684068407, abs=1e-9)
    assert q0 + q1 * capital == pytest.approx(investment, abs=1e-12)


@pytest.mark.parametrize("nu", [1.0, 1.5, 3.0])
@pytest.mark.parametrize("theta", [0.6, 1.0])
def test_steady_state_solves_the_euler_equation_without_shocks(nu, theta):
    model = Investment(
        demand_curvature=nu, returns_to_scale=theta, idiosyncratic_volatility=0.0, aggregate_volatility=0.0, num_firms=2
    )
    capital, investment = model.steady_state()
    state = tf.fill((1, 2, 1), tf.constant(capital, tf.float64))

    def rest(agent, industry):
        return tf.fill(tf.shape(agent)[:-1], tf.constant(investment, tf.float64))

    action = rest(model.deciding_agents(state), state)
    shocks = Shocks(tf.zeros((1, 1, 2, 1), tf.float64), tf.zeros((1, 1), tf.float64))
    expected = model.expected_integrand(rest, state, action, shocks, tf.ones(1, tf.float64))
    residual = model.euler_residual(model.deciding_agents(state), state, action, expected)
    np.testing.assert_allclose(residual, 0, atol=1e-10)
    np.testing.assert_allclose(model.transition(state, action, Shocks(*(part[0] for part in shocks))), state)


def test_price_is_the_mean_of_powers_not_the_power_of_the_mean():
    model = Investment(demand_curvature=1.5, demand_intercept=2.0, demand_slope=0.5, num_firms=3)
    capital = np.array([0.2, 0.9, 1.6])
    expected = 2.0 - 0.5 * np.mean(capital**1.5)
    assert model.price(tf.constant(capital[None, :, None])).numpy()[0] == pytest.approx(expected, rel=1e-14)


def test_marginal_payoff_is_the_derivative_of_profit():
    model = Investment(returns_to_scale=0.7, productivity_types=(0.9, 1.3), type_shares=(0.5, 0.5), num_firms=4)
    state = model.initial_state(tf.constant([1, 2]), 3, tf.float64)
    price = model.price(state)[:, None]
    own = tf.Variable(state[..., 0])
    with tf.GradientTape() as tape:
        profit = price * state[..., 1] * own**0.7
    np.testing.assert_allclose(
        model.marginal_payoff(state, state, tf.zeros((3, 4), tf.float64)), tape.gradient(profit, own), rtol=1e-12
    )


def test_transition_follows_the_law_of_motion():
    model = Investment(num_firms=2, capital_price_volatility=0.1, capital_price_persistence=0.5)
    state = tf.constant([[[0.7, 0.2], [0.9, -0.1]]], tf.float64)
    shocks = Shocks(tf.constant([[[1.0, 2.0], [-1.0, 0.5]]], tf.float64), tf.constant([3.0], tf.float64))
    moved = model.transition(state, tf.constant([[0.03, 0.04]], tf.float64), shocks)
    capital = [0.95 * 0.7 + 0.03 + 0.005 + 0.003, 0.95 * 0.9 + 0.04 - 0.005 + 0.003]
    np.testing.assert_allclose(moved[0, :, 0], capital, rtol=1e-14)
    np.testing.assert_allclose(moved[0, :, 1], [0.5 * 0.2 + 0.2, 0.5 * -0.1 + 0.05], rtol=1e-14)


def test_initial_state_has_the_declared_law():
    model = Investment(num_firms=20_000, capital_price_volatility=0.3, capital_price_persistence=0.8)
    state = model.initial_state(tf.constant([0, 0]), 2).numpy()
    assert state[..., 0].mean() == pytest.approx(0.9, abs=2e-3)
    assert state[..., 0].std() == pytest.approx(0.05, rel=0.02)
    assert state[..., 1].std() == pytest.approx(0.3 / 0.6, rel=0.02)


def test_types_keep_their_shares_and_never_change():
    model = Investment(productivity_types=(1.0, 2.0), type_shares=(0.75, 0.25), num_firms=8)
    np.testing.assert_array_equal(model.productivities(), [1] * 6 + [2] * 2)
    state = model.initial_state(tf.constant([0, 0]), 2)
    shocks = model.shocks.sample(tf.constant([0, 1]), 2, 8)
    np.testing.assert_array_equal(model.transition(state, tf.zeros((2, 1)), shocks)[..., 1], state[..., 1])


def test_reference_at_nu_above_one_agrees_with_the_closed_form_in_the_limit():
    nearly, exactly = Investment(demand_curvature=1.0 + 1e-9), Investment()
    state = exactly.initial_state(tf.constant([0, 0]), 8, tf.float64)
    agent = exactly.deciding_agents(state)
    np.testing.assert_allclose(nearly.reference()(agent, state), exactly.closed_form()(agent, state), atol=1e-8)


@pytest.mark.parametrize("productivity", [1.0, 1.2, 0.7])
def test_collocation_solves_the_euler_equation_of_the_model(productivity):
    model = Investment(demand_curvature=1.5, productivity_types=(productivity,), num_firms=512)
    reference, unit = model.reference(), model.adjustment_cost * model.steady_state()[1]
    assert np.abs(euler_residual(model, reference)).max() < 1e-4 * unit


@pytest.mark.parametrize("nu", [1.5, 2.0])
def test_collocation_holds_where_firms_differ_ten_times_as_much(nu):
    model = Investment(demand_curvature=nu, idiosyncratic_volatility=0.05, num_firms=10_000)
    unit = model.adjustment_cost * model.steady_state()[1]
    assert np.abs(euler_residual(model, model.reference())).max() < 2e-4 * unit


def test_collocation_holds_where_shocks_are_correlated_across_firms():
    model = Investment(demand_curvature=1.5, shock_correlation=0.5, idiosyncratic_volatility=0.02, num_firms=20_000)
    alone = dataclasses.replace(model, shock_correlation=0.0)
    right, wrong = (np.abs(euler_residual(model, each.reference())).max() for each in (model, alone))
    assert right < 1e-6 * model.adjustment_cost * model.steady_state()[1]
    assert wrong > 20 * right  # a mean that moves is worth less


def test_no_reference_is_claimed_where_there_is_none():
    assert Investment(returns_to_scale=0.8).reference() is None
    assert Investment(demand_curvature=1.5, productivity_types=(1.0, 2.0), type_shares=(0.5, 0.5)).reference() is None
    assert Investment(demand_curvature=1.5, initial_spread=0.4).reference() is None
    assert Investment(demand_curvature=1.5).closed_form() is None


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("num_firms", 0, "from 1 to"),
        ("discount_factor", 1.0, "strictly between 0 and 1"),
        ("demand_curvature", 0.99, "nu >= 1"),
        ("depreciation", 0.0, "above 0 and at most 1"),
        ("adjustment_cost", -1.0, "above 0"),
        ("idiosyncratic_volatility", -0.1, "not below 0"),
        ("shock_correlation", 1.0, "from 0 to below 1"),
        ("returns_to_scale", 1.2, "at most 1"),
        ("capital_price_persistence", 1.0, "between -1 and 1"),
        ("productivity_types", (1.0, -1.0), "above 0"),
        ("productivity_types", (), "numbers above 0"),
        ("type_shares", (0.5, 0.5), "one for each"),
        ("type_shares", (0.7,), "sum to one"),
    ],
)
def test_calibrations_out_of_range_are_refused(field, value, expected):
    with pytest.raises(CalibrationError, match=expected) as error:
        Investment(**{field: value})
    assert field in str(error.value)


def test_too_few_firms_for_the_types_are_refused():
    with pytest.raises(CalibrationError, match="too few"):
        Investment(num_firms=2, productivity_types=(1.0, 2.0, 3.0), type_shares=(0.4, 0.3, 0.3))


def test_every_violation_is_reported_at_once():
    with pytest.raises(CalibrationError) as error:
        Investment(num_firms=0, discount_factor=2.0, demand_curvature=0.5)
    assert all(name in str(error.value) for name in ("num_firms", "discount_factor", "demand_curvature"))


def test_states_of_the_wrong_shape_are_refused():
    model = Investment()
    shocks = model.shocks.sample(tf.constant([0, 0]), 1, 128)
    with pytest.raises(ShapeError, match=r"expected \[..., N, 1\] with the states capital"):
        model.transition(tf.zeros((1, 128, 2)), tf.zeros((1, 1)), shocks)
    with pytest.raises(ShapeError, match="got a state of shape"):
        model.check_state(tf.zeros(128))


def test_solution_is_permutation_invariant():
    model = dataclasses.replace(Investment(), num_firms=50, demand_curvature=1.5)
    state = model.initial_state(tf.constant([3, 4]), 2, tf.float64)
    shuffled = tf.gather(state, np.random.default_rng(0).permutation(50), axis=1)
    reference = model.reference()
    agent = model.deciding_agents(state)
    np.testing.assert_allclose(reference(agent, state), reference(agent, shuffled), rtol=1e-13)
