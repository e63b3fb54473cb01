"""Networks of firms: expectations against plain loops, targets against the envelope condition, soft updates."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.lumpy.grid_policy import GridPolicy
from hetkeras.methods.krusell_smith.lumpy.grid_value import GridValue
from hetkeras.methods.krusell_smith.lumpy.networks import Outlook
from hetkeras.provenance import configure_device
from tests.methods.krusell_smith.lumpy.stirred_networks import CAPITAL, MEAN_CAPITAL, build, make_sample, stir
from tests.small_firms import MODEL

CHAINS = MODEL.aggregate_chain, MODEL.idiosyncratic_chain
INDEX = tf.constant([0, 3, 4])


@pytest.fixture
def double_tables():
    """Tables whose networks compute in double precision, so that finite differences tell something."""
    configure_device("float64")
    try:
        firms = build("tables")
        stir(firms.slow_weights[:-1], 0.05)
        yield firms
    finally:
        configure_device("float32")


def expected_value(firms, states, following, capital):
    """E V(k') over tomorrow's shocks one by one, V from `value`: [B, E, P] from states [B], K' [B], k' [B, P]."""
    total = np.zeros((len(states), 5, capital.shape[1]))
    for tomorrow in range(5):
        values = firms.value(tf.fill((len(states),), tomorrow), following, capital).numpy()
        for row, state in enumerate(states):
            for own in range(5):
                for successor in range(5):
                    chance = CHAINS[0].transition[state, tomorrow] * CHAINS[1].transition[own, successor]
                    total[row, own] += chance * values[row, successor]
    return total


# --- expectations and shapes ---------------------------------------------------------------------------------
def test_continuation_is_an_explicit_loop_over_tomorrows_shocks(firms):
    """Up to a constant by economy and productivity, which no choice depends on."""
    outlook = firms.outlook(INDEX, MEAN_CAPITAL)
    found = firms.continuation(outlook, CAPITAL).numpy()
    expected = MODEL.discount_factor * expected_value(firms, INDEX.numpy(), outlook.following, CAPITAL)
    assert found.shape == (3, 5, 4)
    np.testing.assert_allclose(found - found[..., :1], expected - expected[..., :1], rtol=0, atol=1e-5)


def test_outlook_holds_the_forecast_of_the_rules(firms):
    outlook = firms.outlook(INDEX, MEAN_CAPITAL)
    following, price = firms.rules(INDEX, MEAN_CAPITAL)
    np.testing.assert_array_equal(outlook.following, following)
    np.testing.assert_array_equal(firms.forecast(INDEX, MEAN_CAPITAL)[1], price)
    firms.rules.coefficients.assign(firms.rules.coefficients + 0.01)
    assert (firms.outlook(INDEX, MEAN_CAPITAL).following.numpy() > outlook.following.numpy()).all()


def test_expectations_are_the_rules_in_every_aggregate_state(firms):
    following, price = firms.expectations(MEAN_CAPITAL)
    for state in range(5):
        ahead, now = firms.rules(tf.fill((3,), state), MEAN_CAPITAL)
        np.testing.assert_allclose(following[:, state], ahead, rtol=1e-14)
        np.testing.assert_allclose(price[:, state], now, rtol=1e-14)


def test_targets_in_all_states_are_those_of_single_rows(firms):
    following, price = firms.expectations(MEAN_CAPITAL)
    price *= 1 + make_sample(tf.float64).noise
    found = firms.targets(MEAN_CAPITAL, following, price).numpy()
    assert found.shape == (3, 5, 5)
    for row in range(3):
        for state in range(5):
            outlook = Outlook(tf.constant([state]), MEAN_CAPITAL[row : row + 1], following[row, state][None])
            single = firms.target(outlook, price[row, state][None])
            np.testing.assert_allclose(found[row, state], single[0], rtol=1e-6)
    assert (found >= MODEL.capital_bounds[0]).all()
    assert (found <= MODEL.capital_bounds[1]).all()


def test_reached_is_the_continuation_at_the_target_less_its_cost(firms):
    following, price = firms.expectations(MEAN_CAPITAL)
    targets = firms.targets(MEAN_CAPITAL, following, price)
    found = firms.reached(following, price, targets, slow=False).numpy()
    for state in range(5):
        outlook = firms.outlook(tf.fill((3,), state), MEAN_CAPITAL)
        carried = firms.continuation(outlook, targets[:, state])
        expected = tf.linalg.diag_part(carried) - price[:, state, None] * targets[:, state]
        np.testing.assert_allclose(found[:, state], expected, rtol=0, atol=2e-6)


def test_values_of_one_economy_do_not_depend_on_the_others(firms):
    whole = firms.value(INDEX, MEAN_CAPITAL, CAPITAL).numpy()
    assert whole.shape == (3, 5, 4)
    for row in range(3):
        alone = firms.value(INDEX[row : row + 1], MEAN_CAPITAL[row : row + 1], CAPITAL[row : row + 1, 1:2])
        np.testing.assert_allclose(alone[0, :, 0], whole[row, :, 1], rtol=1e-6)


def test_continuation_is_that_of_the_grid_when_its_value_function_is_planted(firms, monkeypatch):
    rules = firms.rules
    grid = GridValue(MODEL, rules, 10, 10)
    bends = np.random.default_rng(0).uniform(1, 2, (5, 5, 10, 1))
    grid.values.assign(bends * np.sqrt(grid.spline.knots))

    def tomorrow(following, capital_next, slow):
        tables = [grid.value(tf.fill(following.shape, state), following, capital_next) for state in range(5)]
        return tf.einsum("abep->bpae", tf.stack(tables))

    monkeypatch.setattr(firms, "tomorrow", tomorrow)
    policy = GridPolicy(grid)
    found = firms.continuation(firms.outlook(INDEX, MEAN_CAPITAL), CAPITAL)
    expected = policy.continuation(policy.outlook(INDEX, MEAN_CAPITAL), CAPITAL)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# --- tables: value, slopes, targets --------------------------------------------------------------------------
def test_value_is_payoff_and_level_less_friction(tables):
    tables._offset.assign(3.0)
    found = tables.value(INDEX, MEAN_CAPITAL, CAPITAL).numpy()
    price = tables.forecast(INDEX, MEAN_CAPITAL)[1].numpy()
    for row, state in enumerate(INDEX.numpy()):
        logs = tf.constant([[np.log(MEAN_CAPITAL[row])]], tf.float32)
        level = 3.0 + tables._level(logs).numpy()[0, state]
        for point, capital in enumerate(CAPITAL[row].numpy()):
            inputs = tables._features(MEAN_CAPITAL[row : row + 1], CAPITAL[row : row + 1, point : point + 1])[0][0]
            gain = 2 * MODEL.max_friction_loss * tables._gain(inputs).numpy()[0, state]
            firm = CHAINS[1].values, capital, CHAINS[0].values[state], price[row]
            payoff = MODEL.payoff(*(tf.constant(x, tf.float64) for x in firm)).numpy()
            friction = MODEL.expected_friction_loss(tf.constant(gain, tf.float64)).numpy()
            np.testing.assert_allclose(found[row, :, point], payoff + level - friction, rtol=0, atol=3e-6)


def test_tomorrow_with_slope_is_tomorrow_and_its_derivative(double_tables):
    following = tf.constant([[1.4, 1.5], [1.8, 1.3]], tf.float64)
    capital = tf.constant(np.random.default_rng(2).uniform(0.2, 7, (2, 2, 6)))
    with tf.autodiff.ForwardAccumulator(capital, tf.ones_like(capital)) as forward:
        values = double_tables.tomorrow(following, capital, slow=True)
    found, slope = double_tables._tomorrow_with_slope(following, capital)
    assert values.shape == (2, 2, 6, 5, 5)
    np.testing.assert_allclose(found, values, rtol=1e-12)
    np.testing.assert_allclose(slope, forward.jvp(values), rtol=1e-9)


def gains_at(firms, capital, mean_capital):
    following, price = firms.expectations(mean_capital)
    targets = firms.targets(mean_capital, following, price)
    aimed = firms.reached(following, price, targets, slow=True)
    return [tensor.numpy() for tensor in firms._gains(capital, following, price, aimed)]


def test_slope_targets_satisfy_the_envelope_condition(double_tables):
    """The slope by log capital against finite differences of the gain; where the smallest capital binds it is nil."""
    step = 1e-5
    gain, slope = gains_at(double_tables, CAPITAL, MEAN_CAPITAL)
    up, down = (gains_at(double_tables, CAPITAL * np.exp(by), MEAN_CAPITAL)[0] for by in (step, -step))
    assert gain.shape == slope.shape == (3, 4, 5, 5)
    np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=2e-5, atol=1e-6)
    stuck, no_slope = gains_at(double_tables, tf.constant([[0.101]] * 3, tf.float64), MEAN_CAPITAL)
    lower, _ = gains_at(double_tables, tf.constant([[0.1005]] * 3, tf.float64), MEAN_CAPITAL)
    np.testing.assert_array_equal(no_slope, 0)
    np.testing.assert_allclose(stuck, lower, rtol=1e-12)


def test_gain_targets_are_what_adjusting_adds_in_units_of_the_largest_cost(double_tables):
    """R(k*) - R(stay) with the slow network's continuation, state by state."""
    gain, _ = gains_at(double_tables, CAPITAL, MEAN_CAPITAL)
    following, price = double_tables.expectations(MEAN_CAPITAL)
    targets = double_tables.targets(MEAN_CAPITAL, following, price).numpy()
    stay = np.maximum(0.931 * CAPITAL, 0.1)
    for state in range(5):
        points = tf.constant(np.concatenate([targets[:, state], stay], 1))
        values = double_tables.tomorrow(following[:, state], points, slow=True).numpy()
        chances = CHAINS[0].transition[state], CHAINS[1].transition
        carried = 0.977 * np.einsum("bpcf,c,ef->bep", values, *chances)
        reached = carried - price.numpy()[:, state, None, None] * points.numpy()[:, None]
        for own in range(5):
            expected = (reached[:, own, own, None] - reached[:, own, 5:]) / (2.4 * 0.0083)
            np.testing.assert_allclose(gain[:, :, state, own], expected, rtol=1e-8, atol=1e-9)


def written_out_operator(firms, sample, state):
    """The Bellman operator on `value` at one aggregate state: R(k*) [M, E] and T V [M, E, N]."""
    states = np.full(3, state)
    following, price = firms.forecast(tf.constant(states, tf.int32), sample.mean_capital)
    everywhere = firms.expectations(sample.mean_capital)
    targets = firms.targets(sample.mean_capital, *everywhere)[:, state]
    stay = tf.maximum(0.931 * sample.capital, 0.1)
    points = tf.concat([targets, stay], 1)
    carried = 0.977 * expected_value(firms, states, following, points)
    reached = carried - price.numpy()[:, None, None] * points.numpy()[:, None]
    aimed = np.stack([reached[:, own, own] for own in range(5)], 1)
    friction = MODEL.expected_friction_loss(tf.constant(aimed[..., None] - reached[..., 5:])).numpy()
    firm = CHAINS[1].values[:, None], sample.capital[:, None], CHAINS[0].values[state], price[:, None, None]
    payoff = MODEL.payoff(*(tf.cast(x, tf.float64) for x in firm)).numpy()
    return aimed, payoff + aimed[..., None] - friction


def test_levels_chase_the_bellman_operator_written_out(tables):
    tables._offset.assign(2.0)
    sample = make_sample()
    metrics = tables.value_loss(sample).metrics
    levels = tables._levels(sample.mean_capital).numpy()
    aimed = np.stack([written_out_operator(tables, sample, state)[0] for state in range(5)], 1)
    assert float(metrics["level_shift"]) == pytest.approx((aimed - levels).mean(), abs=1e-5)
    assert float(metrics["bellman_gap"]) == pytest.approx(np.abs(aimed - levels).mean(), abs=1e-5)


def test_pointwise_values_chase_the_bellman_operator_written_out():
    firms, sample = build("points"), make_sample()
    output = firms.value_loss(sample)
    gaps = []
    for state in range(5):
        _, operator = written_out_operator(firms, sample, state)
        gaps.append(operator - firms.value(tf.fill((3,), state), sample.mean_capital, sample.capital))
    assert float(output.metrics["bellman_gap"]) == pytest.approx(np.abs(gaps).mean(), rel=1e-4)
    assert float(output.loss) == pytest.approx(np.square(gaps).mean(), rel=1e-4)


def test_the_first_pointwise_value_is_near_the_payoff_at_rest():
    """So that the first policies climb something that slopes upwards."""
    firms = build("points")
    values = firms.value(INDEX, tf.fill((3,), tf.constant(1.625, tf.float64)), CAPITAL).numpy()
    price = firms.forecast(INDEX, tf.fill((3,), tf.constant(1.625, tf.float64)))[1].numpy()
    aggregate = CHAINS[0].values[INDEX.numpy()][:, None, None]
    firm = CHAINS[1].values[:, None], CAPITAL[:, None], aggregate, price[:, None, None]
    payoff = MODEL.payoff(*(tf.constant(x, tf.float64) for x in firm)).numpy()
    assert np.abs(values - payoff).max() < 0.05 * np.ptp(payoff)


def test_the_first_tables_aim_near_the_free_target(tables):
    following, price = tables.expectations(MEAN_CAPITAL)
    targets = tables.targets(MEAN_CAPITAL, following, price).numpy()
    for state in range(5):
        now = tf.fill((3,), state)
        next_price = tables.expectations(following[:, state])[1]
        free = MODEL.frictionless_target(now, price[:, state], next_price)
        np.testing.assert_allclose(targets[:, state], free, rtol=0.3)
