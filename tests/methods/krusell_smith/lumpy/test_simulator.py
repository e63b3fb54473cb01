"""Simulation of firms: one period against plain numpy, accounting in every period, economies on their own."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.simulator import SPIKE, FirmSimulator, series_names
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.models.khan_thomas import KhanThomas
from tests.small_firms import MODEL, SquareRootFirms, terry_rules

HISTOGRAM = Histogram(*MODEL.capital_bounds, 40)
PATHS = MODEL.aggregate_chain.paths(2, np.random.default_rng(3).uniform(size=(60, 3)))
FROM_FIVE = np.roll(PATHS, -5, 0)  # of the same shape, for which the simulation is compiled


def make_mass(batch, seed=0):
    """Firms between capital .5 and 3.5, none at the lowest node."""
    mass = np.random.default_rng(seed).uniform(0, 1, (batch, 5, 40))
    mass *= (HISTOGRAM.nodes > 0.5) & (HISTOGRAM.nodes < 3.5)
    return mass / mass.sum((-2, -1), keepdims=True)


@pytest.fixture(scope="module")
def simulator():
    return FirmSimulator(MODEL, SquareRootFirms(terry_rules()), HISTOGRAM)


@pytest.fixture(scope="module")
def simulated(simulator):
    return simulator.run(PATHS, make_mass(3))


@pytest.fixture(scope="module")
def single_period(simulator):
    return simulator.run(FROM_FIVE, make_mass(3), periods=1)


def written_out(policy, state, mass, kept=0.931):
    """A period of one economy, firm by firm: series and the mass of the next period. `kept`: share without choice."""
    nodes, levels = HISTOGRAM.nodes, MODEL.idiosyncratic_chain.values
    aggregate, worth = MODEL.aggregate_chain.values[state], policy.worth[state]
    alpha, nu, phi = MODEL.capital_share, MODEL.labor_share, MODEL.leisure_weight

    def firms(price):
        for e, h in np.argwhere(mass):
            target = (worth[e] / (2 * price)) ** 2
            stay = kept * nodes[h]
            gain = price * (np.sqrt(target) - np.sqrt(stay)) ** 2
            share = min(max(gain / (phi * 0.0083), 0), 1)
            labor = (nu * levels[e] * aggregate * nodes[h] ** alpha / (phi / price)) ** (1 / (1 - nu))
            output = levels[e] * aggregate * nodes[h] ** alpha * labor**nu
            yield e, h, mass[e, h], target, stay, share, labor, output

    def excess(price):
        left = (m * (y - g * (k - s) - s + 0.931 * nodes[h]) for _, h, m, k, s, g, _, y in firms(price))
        return 1 / price - sum(left)

    price = scipy.optimize.brentq(excess, 1.0, 5.0, xtol=1e-14)
    row = dict.fromkeys(("output", "investment", "labor", "rate_mean", "square", "spikes_up", "spikes_down"), 0.0)
    moved = np.zeros_like(mass)
    for e, h, m, target, stay, share, labor, output in firms(price):
        rate, upkeep = target / nodes[h] - 0.931, kept - 0.931
        row["output"] += m * output
        row["investment"] += m * (share * rate + (1 - share) * upkeep) * nodes[h]
        row["labor"] += m * (labor + share**2 * 0.0083 / 2)
        row["rate_mean"] += m * (share * rate + (1 - share) * upkeep)
        row["square"] += m * (share * rate**2 + (1 - share) * upkeep**2)
        row["spikes_up"] += m * share * (rate >= SPIKE)
        row["spikes_down"] += m * share * (rate <= -SPIKE)
        for capital, part in ((target, share), (stay, 1 - share)):
            below = np.searchsorted(nodes, capital, side="right") - 1
            upper = (capital - nodes[below]) / (nodes[below + 1] - nodes[below])
            for f in range(5):
                chance = MODEL.idiosyncratic_chain.transition[e, f] * m * part
                moved[f, below] += chance * (1 - upper)
                moved[f, below + 1] += chance * upper
    row |= {"price": price, "inaction": 1 - sum(m * g for _, _, m, _, _, g, _, _ in firms(price))}
    row["rate_sd"] = np.sqrt(row.pop("square") - row["rate_mean"] ** 2)
    return row, moved


@pytest.mark.parametrize("economy", [0, 1, 2])
def test_a_period_is_that_of_plain_loops_over_firms(simulator, single_period, economy):
    mass = make_mass(3)[economy]
    row, moved = written_out(simulator.policy, PATHS[5, economy], mass)
    for name, expected in row.items():
        found = single_period.series[name][0, economy]
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-12), name
    np.testing.assert_allclose(single_period.mass[economy], moved, rtol=0, atol=1e-9)


def test_mean_capital_is_what_is_left_and_what_is_invested_in_every_period(simulated):
    series = simulated.series
    kept = (1 - MODEL.depreciation) * series["mean_capital"] + series["investment"]
    np.testing.assert_allclose(series["mean_capital"][1:], kept[:-1], rtol=1e-12)
    last = (simulated.mass * HISTOGRAM.nodes).sum((-2, -1))
    np.testing.assert_allclose(last, kept[-1], rtol=1e-12)


def test_mass_is_kept_and_never_negative(simulated, single_period):
    for mass in (simulated.mass, single_period.mass):
        np.testing.assert_allclose(mass.sum((-2, -1)), 1, rtol=1e-12)
        assert mass.min() >= 0


def test_productivities_settle_at_their_long_run_shares(simulated):
    shares = MODEL.idiosyncratic_chain.stationary()
    np.testing.assert_allclose(simulated.mass.sum(-1), [shares] * 3, atol=1e-4)


def test_goods_markets_clear_in_every_period(simulated):
    series = simulated.series
    assert (series["cleared"] == 1).all()
    assert np.abs(series["excess_demand"]).max() < 1e-8
    np.testing.assert_allclose(series["output"] - series["investment"], series["consumption"], rtol=1e-12)
    np.testing.assert_allclose(series["price"] * series["consumption"], 1, rtol=1e-7)


# --- resources -----------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Maintained(KhanThomas):
    """A firm that does not choose still replaces a share m of what wears out."""

    maintenance: float = 0.3  # m

    def unadjusted_capital(self, capital):
        return (1 - self.depreciation + self.maintenance * self.depreciation) * capital


class Forgetful(FirmSimulator):
    """Does not count what firms replace without choosing."""

    def period(self, index, mass, *carry):
        counted, self._nodes = self._nodes, self._nodes._replace(remaining=self._nodes.stay)
        found = super().period(index, mass, *carry)
        self._nodes = counted
        return found


def gap_of(series, following):
    """Goods made less goods used over consumption, from the series alone: [T, B]."""
    growth = following - 0.931 * series["mean_capital"]
    return (series["output"] - 1 / series["price"] - growth) * series["price"]


@pytest.fixture(scope="module")
def maintained():
    return FirmSimulator(Maintained(), SquareRootFirms(terry_rules()), HISTOGRAM)


def test_upkeep_counts_as_investment_of_firms_that_do_not_choose(maintained):
    mass = make_mass(3)
    row, moved = written_out(maintained.policy, PATHS[0, 1], mass[1], kept=1 - 0.7 * 0.069)
    found = maintained.run(PATHS, mass, periods=1)
    for name, expected in row.items():
        assert found.series[name][0, 1] == pytest.approx(expected, rel=1e-8, abs=1e-12), name
    np.testing.assert_allclose(found.mass[1], moved, rtol=0, atol=1e-9)


def test_upkeep_is_paid_for_in_every_period(maintained):
    found = maintained.run(PATHS, make_mass(3))
    series = found.series
    last = (found.mass * HISTOGRAM.nodes).sum((-2, -1))
    following = np.concatenate([series["mean_capital"][1:], last[None]])
    assert np.abs(series["resource_gap"]).max() < 1e-8
    np.testing.assert_allclose(series["resource_gap"], gap_of(series, following), rtol=0, atol=1e-12)
    np.testing.assert_allclose(0.931 * series["mean_capital"] + series["investment"], following, rtol=1e-12)


def test_firms_held_at_the_lowest_node_pay_for_it(simulator):
    lowest = np.zeros((3, 5, 40))
    lowest[:, :, 0] = 0.2
    assert np.abs(simulator.run(PATHS, lowest, periods=2).series["resource_gap"]).max() < 1e-8


def test_firms_held_at_the_lowest_node_pay_for_it_whatever_the_model_says(maintained):
    assert float(maintained.model.unadjusted_capital(tf.constant(0.1))) < 0.1
    found = maintained.run(PATHS, np.full((3, 5, 40), 1 / 200), periods=2)
    assert np.abs(found.series["resource_gap"]).max() < 1e-8


def test_upkeep_that_the_market_forgets_shows():
    """The market clears all the same."""
    series = Forgetful(Maintained(), SquareRootFirms(terry_rules()), HISTOGRAM).run(PATHS, make_mass(3)).series
    assert np.abs(series["excess_demand"]).max() < 1e-8
    upkeep = 0.3 * 0.069 * series["mean_capital"] * series["price"]  # of all firms; those that choose are part
    np.testing.assert_allclose(series["resource_gap"], -upkeep, rtol=1e-6)


def test_targets_beyond_the_histogram_show():
    low = Histogram(0.1, 1.2, 10)
    series = FirmSimulator(MODEL, SquareRootFirms(terry_rules()), low).run(PATHS[:5]).series
    assert (series["cleared"] == 1).all()
    assert (series["resource_gap"].max(0) > 1e-3).all()


def test_the_first_period_starts_from_the_mass_that_is_given(simulator, simulated):
    mass = make_mass(3)
    np.testing.assert_allclose(simulated.series["mean_capital"][0], (mass * HISTOGRAM.nodes).sum((-2, -1)), rtol=1e-13)
    following, price = simulator.policy.forecast(
        tf.constant(PATHS[0]), tf.constant(simulated.series["mean_capital"][0])
    )
    np.testing.assert_allclose(simulated.series["forecast_mean_capital_next"][0], following, rtol=1e-13)
    np.testing.assert_allclose(simulated.series["forecast_price"][0], price, rtol=1e-13)


def test_every_series_has_every_period(simulated):
    assert set(simulated.series) == {*series_names(("price",)), "resource_gap"}
    assert {values.shape for values in simulated.series.values()} == {PATHS.shape}
    assert {values.dtype for values in simulated.series.values()} == {np.dtype("float64")}


def test_economies_beside_each_other_do_not_touch(simulator, simulated):
    """Each is what it is beside copies of itself."""
    mass = make_mass(3)
    for economy in range(3):
        alone = simulator.run(PATHS[:, [economy] * 3], mass[[economy] * 3])
        for name in ("mean_capital", "price", "investment", "labor", "inaction", "rate_sd"):
            found = simulated.series[name][:, economy]
            np.testing.assert_allclose(alone.series[name][:, 0], found, rtol=1e-7, err_msg=name)
        np.testing.assert_allclose(alone.mass[0], simulated.mass[economy], atol=1e-8)


def test_a_run_goes_on_where_another_ended(simulator, simulated):
    """Period by period."""
    mass = make_mass(3)
    for t, expected in enumerate(simulated.series["price"]):
        series, mass, _ = simulator.run(np.roll(PATHS, -t, 0), mass, periods=1)
        np.testing.assert_allclose(series["price"][0], expected, rtol=1e-8)
    np.testing.assert_allclose(mass, simulated.mass, atol=1e-9)


def test_firms_start_evenly_spread_if_nothing_is_said(simulator):
    found = simulator.run(FROM_FIVE, periods=1)
    np.testing.assert_allclose(found.series["mean_capital"], HISTOGRAM.nodes.mean(), rtol=1e-13)


# --- what is refused -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ([[2, 1, 0], [2, 5, 0]], r"is \[2, 5, 0\] in period 1; expected indices from 0 to 4"),
        ([[2, 1, 0], [2, 3, 0], [-1, 3, 0]], r"is \[-1, 3, 0\] in period 2; expected indices from 0 to 4"),
        ([[2.0, 1.0, 0.0]], "type float64; expected whole numbers"),
        ([2, 1, 0], r"shape \(3,\).*expected whole numbers \[T, B\]"),
        (np.zeros((0, 3), int), r"shape \(0, 3\)"),
        (np.zeros((3, 0), int), r"shape \(3, 0\)"),
        ([[True, False, True]], "type bool; expected whole numbers"),
    ],
)
def test_paths_that_are_no_indices_are_refused(simulator, path, message):
    with pytest.raises(CalibrationError, match=message):
        simulator.run(np.array(path))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((1, 2, 20), np.nan, "NaN, infinite or negative"),
        ((0, 0, 0), -1e-6, "NaN, infinite or negative"),
        ((2,), 0.0, "the mass in the histogram sums to 0; expected 1"),
    ],
)
def test_mass_that_is_no_distribution_is_refused(simulator, place, value, message):
    mass = make_mass(3)
    mass[place] = value
    with pytest.raises(CalibrationError, match=message):
        simulator.run(PATHS, mass)


@pytest.mark.parametrize("shape", [(3, 5, 39), (3, 5, 0)])
def test_mass_on_other_nodes_is_refused(simulator, shape):
    mass = np.full(shape, 1 / max(np.prod(shape[1:]), 1))
    with pytest.raises(CalibrationError, match=r"expected \[\.\.\., E, 40\] with mass in it"):
        simulator.run(PATHS, mass)


@pytest.fixture(scope="module")
def lost():
    """Firms that expect a price a thousandfold too high."""
    return FirmSimulator(MODEL, SquareRootFirms(terry_rules(), price_factor=1000.0), HISTOGRAM)


def test_a_period_without_a_root_is_flagged_and_refused_by_the_method(lost):
    path = PATHS[:5, 0]
    found = lost.run(path[:, None], make_mass(1)).series
    assert found["cleared"][0, 0] == 0
    assert found["price"][0, 0] == found["forecast_price"][0, 0]
    started = SimpleNamespace(model=MODEL, run=lambda path, periods: lost.run(path, make_mass(1)))
    rules = terry_rules()
    with pytest.raises(TrainingDiverged, match=r"period 0 of the simulation: no price near .* clears the market"):
        OuterLoop(started, rules, path, 0, False).run()
    np.testing.assert_array_equal(rules.coefficients, terry_rules().coefficients)
