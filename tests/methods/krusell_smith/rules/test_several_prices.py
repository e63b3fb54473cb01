"""Rules of two prices: a line for each, by regressions, by a network, and in files."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.rules import network
from hetkeras.methods.krusell_smith.rules.files import read_rules, write_rules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.methods.krusell_smith.rules.network import NetworkRules

LINES = np.array([[[0.10, 0.75], [0.12, 0.80]], [[0.95, -0.40], [0.90, -0.38]], [[-0.10, 0.30], [-0.05, 0.35]]])
PRICES = ("price", "wage")


def make_rules(shift=0.0, **settings):
    return LogLinearRules(LINES[0] + shift, LINES[1:] + shift, **settings)


def observed(bend=0.0, periods=60):
    """States, K, K' and both prices [2, T] on the lines, wages with a bend in log K."""
    logs, states = np.random.default_rng(3).normal(0.42, 0.05, periods), np.arange(periods) % 2
    outcomes = LINES[:, states, 0] + LINES[:, states, 1] * logs
    outcomes[2] += bend * ((logs - 0.42) / 0.05) ** 2
    return states, np.exp(logs), np.exp(outcomes[0]), np.exp(outcomes[1:])


def test_each_outcome_has_its_line():
    states, capital, following, prices = observed()
    found = make_rules()(tf.constant(states), tf.constant(capital))
    np.testing.assert_allclose(found, [following, *prices], rtol=1e-13)


def test_an_update_finds_all_lines():
    rules = make_rules(shift=0.1, memory=0)
    assert rules.update(*observed()) == pytest.approx(np.abs(0.1 * (1 + np.log(observed()[1]))).max(), rel=1e-9)
    np.testing.assert_allclose(rules.coefficients, LINES, atol=1e-11)


def test_first_guesses_rest_at_all_prices():
    points = [(1.45, 2.31, 1.02), (1.61, 2.17, 1.09)]
    found = LogLinearRules.around(points)(tf.range(2), tf.constant([1.45, 1.61], tf.float64))
    np.testing.assert_allclose(found, np.transpose(points), rtol=1e-14)


def test_a_network_bends_the_wage_alone(monkeypatch):
    monkeypatch.setattr(network, "ITERATIONS", 60)
    rules, seen = NetworkRules(make_rules(memory=0), (1.2, 1.9)), observed(bend=0.01)
    straight = make_rules(memory=0)
    straight.update(*seen)
    rules.update(*seen)

    def errors(rules):
        found = np.log(rules(tf.constant(seen[0], tf.int32), tf.constant(seen[1])))
        return np.abs(found - np.log([seen[2], *seen[3]])).max(1)

    assert errors(straight)[2] > 0.01
    assert errors(rules)[2] < 0.2 * errors(straight)[2]
    assert errors(rules)[:2].max() < 1e-3


def test_files_hold_both_prices(tmp_path):
    write_rules(tmp_path / "rules.csv", make_rules(), PRICES)
    header = (tmp_path / "rules.csv").read_text().splitlines()[0]
    assert header.endswith("price_intercept,price_slope,wage_intercept,wage_slope")
    capital, prices = read_rules(tmp_path / "rules.csv", 2, PRICES)
    np.testing.assert_allclose([capital, *prices], LINES, rtol=1e-12)


def test_a_file_of_one_price_is_no_start_for_two(tmp_path):
    write_rules(tmp_path / "rules.csv", LogLinearRules(*LINES[:2]))
    with pytest.raises(CalibrationError, match="wage_intercept"):
        read_rules(tmp_path / "rules.csv", 2, PRICES)
