"""Log-linear rules: one line in logs for each aggregate state, moved by regressions."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.rules.log_linear import FEWEST, LogLinearRules

CAPITAL = np.array([[0.10, 0.75], [0.12, 0.80], [0.15, 0.82]])
PRICE = np.array([[0.95, -0.40], [0.90, -0.38], [0.85, -0.35]])
REST = [(1.45, 2.31), (1.53, 2.24), (1.61, 2.17)]


def simulated(capital=CAPITAL, price=PRICE, noise=0.0, periods=90):
    """Periods in turn in each state, mean capital drawn; outcomes on given lines up to noise."""
    rng = np.random.default_rng(5)
    aggregate = np.arange(periods) % len(capital)
    logs = rng.normal(0.42, 0.05, periods)
    errors = noise * rng.normal(size=(2, periods))
    following, prices = (
        np.exp(lines[aggregate, 0] + lines[aggregate, 1] * logs + error)
        for lines, error in zip((capital, price), errors, strict=True)
    )
    return aggregate, np.exp(logs), following, prices


def distance(old, new, aggregate, mean_capital):
    """Largest gap of two sets of lines over the observations, in logs."""
    design = np.stack([np.ones(len(aggregate)), np.log(mean_capital)], -1)
    return max(np.abs((design * (b - a)[aggregate]).sum(-1)).max() for a, b in zip(old, new, strict=True))


def regressions(aggregate, mean_capital, *outcomes):
    logs = np.log(mean_capital)
    fits = [
        [np.polyfit(logs[aggregate == state], np.log(outcome[aggregate == state]), 1)[::-1] for state in range(3)]
        for outcome in outcomes
    ]
    return np.array(fits)


def test_forecasts_lie_on_the_lines():
    aggregate, mean_capital = np.array([[0, 2], [1, 1]]), np.array([[1.3, 1.5], [1.7, 2.0]])
    following, price = LogLinearRules(CAPITAL, PRICE)(tf.constant(aggregate), tf.constant(mean_capital))
    for found, lines in ((following, CAPITAL), (price, PRICE)):
        expected = np.exp(lines[aggregate, 0]) * mean_capital ** lines[aggregate, 1]
        np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_forecasts_have_the_shape_and_precision_of_mean_capital(shape, dtype):
    forecasts = LogLinearRules(CAPITAL, PRICE)(tf.ones(shape, tf.int32), tf.fill(shape, tf.constant(1.5, dtype)))
    for found in forecasts:
        assert found.shape == shape
        assert found.dtype == dtype


def test_first_guesses_rest_at_the_rest_points():
    mean_capital, price = map(np.array, zip(*REST, strict=True))
    rules = LogLinearRules.around(REST)
    found = rules(tf.range(3), tf.constant(mean_capital))
    np.testing.assert_allclose(found, [mean_capital, price], rtol=1e-14)


def test_first_guesses_return_slowly_and_price_scarce_capital_higher():
    rules = LogLinearRules.around(REST)
    mean_capital = tf.constant([capital for capital, _ in REST], tf.float64)
    rest, raised = (np.log(rules(tf.range(3), factor * mean_capital)) for factor in (1.0, np.e))
    np.testing.assert_allclose(raised - rest, [[0.8] * 3, [-0.4] * 3], rtol=1e-13)


def test_settings_reach_first_guesses():
    rules = LogLinearRules.around(REST, damping=0.25, memory=0)
    before = rules.coefficients.numpy()
    rules.update(*simulated())
    np.testing.assert_allclose(rules.coefficients, 0.75 * before + 0.25 * np.stack([CAPITAL, PRICE]), rtol=1e-11)


def test_exact_lines_are_found_in_one_update():
    rules = LogLinearRules.around(REST)
    before, data = rules.coefficients.numpy(), simulated()
    moved = rules.update(*data)
    np.testing.assert_allclose(rules.coefficients, [CAPITAL, PRICE], rtol=0, atol=1e-12)
    assert moved == pytest.approx(distance(before, (CAPITAL, PRICE), *data[:2]), rel=1e-10)
    assert isinstance(moved, float)


def test_rules_that_fit_best_do_not_move():
    rules = LogLinearRules(CAPITAL, PRICE)
    assert rules.update(*simulated()) < 1e-13
    np.testing.assert_allclose(rules.coefficients, [CAPITAL, PRICE], rtol=0, atol=1e-12)


def test_noisy_outcomes_are_regressed_state_by_state():
    rules, data = LogLinearRules(CAPITAL + 0.1, PRICE - 0.1), simulated(noise=0.02)
    fitted = regressions(*data)
    moved = rules.update(*data)
    np.testing.assert_allclose(rules.coefficients, fitted, rtol=0, atol=1e-11)
    assert moved == pytest.approx(distance((CAPITAL + 0.1, PRICE - 0.1), fitted, *data[:2]), rel=1e-10)


def test_distance_is_to_the_best_fit_whatever_the_damping():
    data = simulated(noise=0.02)
    moves = [LogLinearRules.around(REST, damping=damping).update(*data) for damping in (1.0, 0.1)]
    assert moves[0] == moves[1] > 0.01


@pytest.mark.parametrize(("seen", "own"), [(1, False), (FEWEST - 1, False), (FEWEST, True)])
def test_states_seen_too_rarely_have_the_slope_of_all(seen, own):
    aggregate, *outcomes = simulated()
    kept = np.flatnonzero(aggregate != 1).tolist() + np.flatnonzero(aggregate == 1)[:seen].tolist()
    data = aggregate[kept], *(outcome[kept] for outcome in outcomes)
    rules = LogLinearRules.around(REST)
    rules.update(*data)
    after = rules.coefficients.numpy()
    np.testing.assert_allclose(after[:, [0, 2]], np.stack([CAPITAL, PRICE])[:, [0, 2]], rtol=0, atol=1e-12)
    if own:
        np.testing.assert_allclose(after[:, 1], np.stack([CAPITAL, PRICE])[:, 1], atol=1e-12)
        return
    logs, states = np.log(data[1]), data[0]
    centred = logs - np.array([logs[states == state].mean() for state in states])
    for line, outcome in zip(after[:, 1], np.log(data[2:]), strict=True):
        slope = centred @ outcome / (centred @ centred)
        assert line[1] == pytest.approx(slope, rel=1e-9)
        assert line[0] == pytest.approx((outcome - slope * logs)[states == 1].mean(), rel=1e-9)


def test_states_that_are_never_seen_keep_their_rule():
    aggregate, *outcomes = simulated()
    seen = aggregate != 2
    rules = LogLinearRules.around(REST)
    before = rules.coefficients.numpy()
    rules.update(aggregate[seen], *(outcome[seen] for outcome in outcomes))
    np.testing.assert_array_equal(rules.coefficients.numpy()[:, 2], before[:, 2])


def test_memory_finds_rules_that_answer_to_themselves_sooner():
    """Outcomes that move with the rules, as in the economy: the best fit is an affine map of the rules."""
    target, response = np.stack([CAPITAL, PRICE]), 0.7
    remaining = []
    for memory in (0, 3):
        rules = LogLinearRules.around(REST, memory=memory)
        for _ in range(6):
            remaining.append(rules.update(*simulated(*(target + response * (rules.coefficients.numpy() - target)))))
    assert remaining[5] > 1e-3
    assert remaining[11] < 1e-8


def test_compiled_forecasts_see_every_update():
    rules = LogLinearRules.around(REST)
    forecast = tf.function(rules, jit_compile=True)
    arguments = tf.constant([1]), tf.constant([1.4], tf.float64)
    before = forecast(*arguments)[0].numpy()
    rules.update(*simulated())
    np.testing.assert_allclose(forecast(*arguments)[0], np.exp(0.12) * 1.4**0.8, rtol=1e-12)
    assert abs(before - np.exp(0.12) * 1.4**0.8) > 1e-3


def test_resuming_from_a_checkpoint_changes_nothing(tmp_path):
    data = [simulated(noise=noise) for noise in (0.01, 0.02, 0.03, 0.04)]
    straight, before, after = (LogLinearRules.around(REST, damping=0.8, memory=2) for _ in range(3))
    distances = [straight.update(*each) for each in data]
    for each in data[:2]:
        before.update(*each)
    path = tf.train.Checkpoint(rules=before).write(str(tmp_path / "rules"))
    tf.train.Checkpoint(rules=after).read(path).assert_consumed()
    assert [after.update(*each) for each in data[2:]] == distances[2:]
    np.testing.assert_array_equal(after.coefficients, straight.coefficients)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
@pytest.mark.parametrize("series", [2, 3], ids=["mean_capital_next", "price"])
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_outcomes_that_are_not_finite_are_refused_and_leave_the_rules_alone(series, value):
    rules, data = LogLinearRules.around(REST), simulated()
    before = rules.coefficients.numpy()
    data[series][7] = value
    message = "regressions of the forecast rules are not finite.*better rules or a wider mean_capital range"
    with pytest.raises(TrainingDiverged, match=message):
        rules.update(*data)
    np.testing.assert_array_equal(rules.coefficients, before)
    assert rules.update(*simulated()) > 0
    np.testing.assert_allclose(rules.coefficients, [CAPITAL, PRICE], rtol=0, atol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_mean_capital_that_is_not_finite_is_refused(value):
    data = simulated()
    data[1][7] = value
    with pytest.raises(TrainingDiverged, match="not finite"):
        LogLinearRules.around(REST).update(*data)


def test_mean_capital_that_is_not_finite_is_refused_in_rare_states_too():
    data = simulated()
    rare = np.flatnonzero(data[0] == 1)[5:]
    data = [np.delete(series, rare) for series in data]
    data[1][1] = np.nan
    with pytest.raises(TrainingDiverged, match="not finite"):
        LogLinearRules.around(REST).update(*data)
