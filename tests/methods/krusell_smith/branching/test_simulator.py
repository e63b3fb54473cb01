"""Simulation of firms with branches: one period against plain loops, also at a jump; accounting; economies apart."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import FirmChoice
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.policy import BranchPolicy
from hetkeras.methods.krusell_smith.branching.simulator import SHARES, BranchingEconomies
from tests.small_branches import MODEL, STATES, first_rules

NODES = (3, 14, 11)  # E, H, L
PATHS = MODEL.aggregate_chain.paths(4, np.random.default_rng(3).uniform(size=(40, 3)))
JUMP = 4.7  # price at which a bunch of firms changes its mind


class ThresholdFirms(BranchPolicy):
    """Firms adjust below a price of their own, to amounts that fall with the price; of those at JUMP all at once."""

    def __init__(self):
        self.histogram, self.rules = JointHistogram.of(MODEL), first_rules()
        self.cutoffs = tf.Variable(np.zeros((2, *NODES)), trainable=False)  # of capital, of labour

    def forecast(self, aggregate, mean_capital):
        return self.rules(aggregate, mean_capital)

    def outlook(self, aggregate, mean_capital, inhabited=None):
        del mean_capital, inhabited
        return tf.gather(tf.constant(MODEL.aggregate_chain.values), aggregate)[:, None, None, None]

    def choose(self, outlook, price):
        price, own = price[:, None, None, None], MODEL.idiosyncratic_chain.values[:, None, None]
        kept = (
            MODEL.kept_capital(tf.constant(self.histogram.capital))[:, None],
            MODEL.kept_labor(tf.constant(self.histogram.labor)),
        )
        aims = 4.4 * outlook * own / price, 0.9 * own**0.5 / price
        digits = [tf.cast(price < cutoff, tf.float64) for cutoff in tf.unstack(self.cutoffs)]
        levels = (tf.where(digit > 0, aim, keep) for digit, aim, keep in zip(digits, aims, kept, strict=True))
        return FirmChoice(*levels, *digits)


def cutoffs(kind):
    """Half of the firms adjust capital at any price, of the others none, or all of them below JUMP."""
    rng = np.random.default_rng(1)
    always = rng.uniform(size=(2, *NODES)) < 0.5
    return np.where(always, 99.0, JUMP if kind == "jump" else 0.0)


def make_mass(batch, lowest=True):
    """Firms at random; with firms at the lowest nodes, or without."""
    mass = np.random.default_rng(0).uniform(size=(batch, *NODES))
    mass[..., 9:, :] = 0
    if not lowest:
        mass[..., :4, :] = mass[..., :4] = 0
    return mass / mass.sum((-3, -2, -1), keepdims=True)


@pytest.fixture(scope="module")
def compiled():
    return BranchingEconomies(MODEL, ThresholdFirms())


@pytest.fixture(params=["smooth", "jump"])
def simulator(request, compiled):
    compiled.policy.cutoffs.assign(cutoffs(request.param))
    compiled.kind = request.param
    return compiled


def written_out(cutoff, state, mass):
    """A period of one economy, firm by firm: series and the mass of the next period."""
    productivity, regime, _ = (column[state] for column in (MODEL.aggregate_chain.values, *MODEL.aggregate_states[1:]))
    levels, capital, labor = MODEL.idiosyncratic_chain.values, MODEL.capital_nodes, MODEL.labor_nodes

    def firms(price):
        for e, h, j in np.argwhere(mass):
            digits = [price < cutoff[side, e, h, j] for side in (0, 1)]
            k = 4.4 * productivity * levels[e] / price if digits[0] else max(0.84 * capital[h], capital[0])
            n = 0.9 * levels[e] ** 0.5 / price if digits[1] else max(0.74 * labor[j], labor[0])
            output = productivity * levels[e] * capital[h] ** 0.25 * n**0.5
            investment, hiring = k - 0.84 * capital[h], n - 0.74 * labor[j]
            cost = 0.339 * max(-investment, 0) + 0.096 * output * digits[1] + 0.072 * 2 / price * abs(hiring)
            yield e, mass[e, h, j], k, n, digits, output, investment, hiring, cost

    def excess(price):
        return 1 / price - sum(m * (y - i - cost) for _, m, _, _, _, y, i, _, cost in firms(price))

    low, high = 3.0, 7.0
    while high - low > 1e-13:
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) >= 0 else (low, middle)
    above, below = excess(low), excess(high)
    shares = (1.0, 0.0) if above < 1e-9 else (-below / (above - below), above / (above - below))
    names = ("output", "investment", "labor", "consumption", "hiring", "adjustment_cost", *SHARES)
    row, following = dict.fromkeys(names, 0.0), np.zeros_like(mass)
    for share, price in zip(shares, (low, high), strict=True):
        for e, m, k, n, digits, output, investment, hiring, cost in firms(price):
            net = output - investment - cost
            amounts = (output, investment, n, net, hiring, cost)
            for name, amount in zip(names, amounts, strict=False):
                row[name] += share * m * amount
            row[f"share_{digits[0]:d}{digits[1]:d}"] += share * m
            places = []
            for nodes, value in ((capital, k), (labor, n)):
                below_ = min(max(np.searchsorted(nodes, value, side="right") - 1, 0), len(nodes) - 2)
                upper = (min(max(value, nodes[0]), nodes[-1]) - nodes[below_]) / (nodes[below_ + 1] - nodes[below_])
                places.append(((below_, 1 - upper), (below_ + 1, upper)))
            for f, chance in enumerate(MODEL.idiosyncratic_chain.transitions[regime, e]):
                for row_, up in places[0]:
                    for column, right in places[1]:
                        following[f, row_, column] += share * m * chance * up * right
    return row | {"price": low}, following


@pytest.mark.parametrize("state", [0, 6, 11])
def test_a_period_is_that_of_plain_loops(simulator, state):
    mass = make_mass(3)
    mass[1] = mass[1, ::-1]
    path = np.full((40, 3), state)
    found = simulator.run(path, mass, periods=1)
    away = 3e-5 if simulator.kind == "jump" else 1e-8  # a jump is known up to a hair
    for economy in range(2):
        row, following = written_out(simulator.policy.cutoffs.numpy(), state, mass[economy])
        for name, expected in row.items():
            assert found.series[name][0, economy] == pytest.approx(expected, rel=away, abs=away), name
        np.testing.assert_allclose(found.mass[economy], following, rtol=0, atol=away)
        assert (abs(row["price"] / JUMP - 1) < 1e-9) == (simulator.kind == "jump")


def test_the_usual_distribution_is_the_mean_over_periods(simulator):
    masses = [simulator.run(PATHS, make_mass(3), periods=periods).mass for periods in range(1, 6)]
    usual = simulator.run(PATHS, make_mass(3), periods=5).usual
    np.testing.assert_allclose(usual, np.mean(masses, 0), rtol=1e-12, atol=1e-15)


def test_every_market_clears_and_shares_of_branches_add_up(simulator):
    series = simulator.run(PATHS, make_mass(3)).series
    assert (series["cleared"] == 1).all()
    assert np.abs(series["excess_demand"]).max() < 1e-9
    np.testing.assert_allclose(1 / series["price"], series["consumption"], rtol=1e-8)
    np.testing.assert_allclose(sum(series[name] for name in SHARES), 1, rtol=1e-12)
    np.testing.assert_array_equal(series["inaction"], series["share_00"])
    spent = series["consumption"] + series["investment"] + series["adjustment_cost"]
    np.testing.assert_allclose(spent, series["output"], rtol=1e-12)


@pytest.mark.parametrize("lowest", [True, False])
def test_capital_and_labor_follow_from_flows_also_of_firms_held_at_the_lowest_node(simulator, lowest):
    found = simulator.run(PATHS, make_mass(3, lowest))
    series = found.series
    kept = 0.84 * series["mean_capital"] + series["investment"]
    np.testing.assert_allclose(series["mean_capital"][1:], kept[:-1], rtol=1e-12)
    np.testing.assert_allclose(0.74 * series["labor"][:-1] + series["hiring"][1:], series["labor"][1:], rtol=1e-12)
    np.testing.assert_allclose(found.mass.sum((1, 2, 3)), 1, rtol=1e-12)
    assert found.mass.min() >= 0


def test_economies_are_on_their_own(simulator):
    mass = make_mass(3)
    together = simulator.run(PATHS, mass).series
    for economy in range(3):
        alone = simulator.run(np.repeat(PATHS[:, economy : economy + 1], 3, 1), mass[[economy] * 3]).series
        for name in ("price", "mean_capital", "labor"):
            np.testing.assert_allclose(alone[name][:, 1], together[name][:, economy], rtol=1e-4)


def test_prices_are_searched_from_the_last_one(simulator):
    """Few evaluations once the first period has been found; the hair costs four more at a jump."""
    series = simulator.run(PATHS, make_mass(3)).series
    assert series["evaluations"][5:].mean() < (16 if simulator.kind == "jump" else 8)


def test_an_economy_without_a_price_is_flagged_and_leaves_the_others(compiled):
    compiled.policy.cutoffs.assign(cutoffs("smooth"))
    mass = make_mass(3)
    sound = compiled.run(PATHS, mass, periods=2).series
    rules = compiled.policy.rules.coefficients
    kept = rules.numpy()
    try:
        only = np.where(np.arange(STATES) == 0, np.nan, 0.0)[None, :, None]
        rules.assign(kept + only * [[[0.0]], [[1.0]]])
        path = PATHS.copy()
        path[0] = (0, 5, 7)
        found = compiled.run(path, mass, periods=1).series
    finally:
        rules.assign(kept)
    np.testing.assert_array_equal(found["cleared"][0], [0, 1, 1])
    assert sound["cleared"].all()


def test_what_is_no_distribution_is_refused(compiled):
    with pytest.raises(CalibrationError, match=r"sums to 2; expected 1"):
        compiled.run(PATHS, 2 * make_mass(3))
