"""One destination: known values, two methods that share nothing, the HJB equation between nodes, economics."""

import dataclasses

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.separable_entry import SeparableEntry, closed_form
from tests.references.export_entry.entry_oracles import best_holding, best_option, drift, forced_value

BOTH = np.array([[0], [1]])
EXTENDED = {"search_cost": 2.0, "maintenance_cost": 20.0, "exit_rate": 0.5}


def costs(market, width=5.0, num=501):
    return market.mean_cost + market.cost_deviation * np.linspace(-width, width, num)


def gap(solution, other, market):
    cost = costs(market)
    return np.abs(solution.value(BOTH, cost) - other.value(BOTH, cost)).max()


def test_closed_form_has_the_known_values():
    solution = closed_form(ExportMarket())
    assert solution.threshold() == pytest.approx(0.8524265066, abs=2e-10)
    np.testing.assert_allclose(solution.value([0, 1], 0.8), [1.4578586385, 2.3310317651], atol=2e-10)


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({}, (1.4578586385, 2.3310317651)),
        ({"search_cost": 2.0}, (1.50919, 2.36992)),
        ({"maintenance_cost": 20.0}, (1.76340, 2.67983)),
        ({"exit_rate": 0.5}, (1.46406, 2.33893)),
        (EXTENDED, (1.81343, 2.71328)),
    ],
)
def test_finite_differences_have_the_known_values(changes, values):
    np.testing.assert_allclose(SeparableEntry(ExportMarket(**changes)).value([0, 1], 0.8), values, atol=6e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"entry_cost": 3.0, "revenue": 1.3},
        {"entry_cost": -1.0, "discount_rate": 0.2},
        {"cost_reversion": 0.08, "cost_volatility": 0.25},
        {"opportunity_rate": 4.0, "loss_rate": 0.02},
    ],
)
def test_finite_differences_agree_with_the_closed_form(changes):
    market = ExportMarket(**changes)
    solution, exact = SeparableEntry(market), closed_form(market)
    assert gap(solution, exact, market) < 5e-6 * np.abs(exact.value(BOTH, costs(market))).max()
    assert solution.threshold() == pytest.approx(exact.threshold(), abs=1e-6)


def test_the_error_falls_with_the_square_of_the_spacing():
    market = ExportMarket()
    assert gap(SeparableEntry(market, nodes=1601), closed_form(market), market) < 2e-6
    assert gap(SeparableEntry(market, nodes=201), closed_form(market), market) < 5e-5


@pytest.mark.parametrize(("always", "entry_cost"), [(True, -50.0), (False, 1e4)])
def test_forced_policies_have_their_formula(always, entry_cost):
    market = ExportMarket(entry_cost=entry_cost)
    cost = costs(market, 9.0, 50)  # beyond the grid too, as both are linear
    active = np.arange(50) % 2
    parts = [np.array([x]) for x in (market.revenue, market.mean_cost, entry_cost)]
    expected = forced_value(market, *parts, np.zeros((1, 1)), active[:, None], cost[:, None], always)
    np.testing.assert_allclose(SeparableEntry(market, nodes=101).value(active, cost), expected, rtol=1e-11)


def test_hjb_equation_between_the_nodes():
    market = ExportMarket(**EXTENDED)
    solution, deviation = SeparableEntry(market), np.random.default_rng(0).uniform(-0.6, 0.6, 400)

    def value(active):
        return lambda x: solution.value(active, market.mean_cost + x)

    lead = value(1)(deviation) - value(0)(deviation)
    flows = [best_option(market, lead - market.entry_cost)]
    flows += [market.revenue - market.mean_cost - deviation + best_holding(market, lead)]
    for active, flow in enumerate(flows):
        step = 0.02 * market.cost_deviation
        moved = drift(value(active), deviation, market.cost_reversion, market.cost_volatility, step)
        error = np.abs(market.discount_rate * value(active)(deviation) - flow - moved)
        assert np.median(error) < 1e-5
        assert error.max() < 5e-4  # at a kink of the second derivative, within a step


def test_entry_gain_is_the_lead_net_of_the_cost_of_entry():
    solution, cost = SeparableEntry(ExportMarket(**EXTENDED), nodes=201), np.linspace(-1.0, 3.0, 40)
    np.testing.assert_allclose(solution.entry_gain(cost), solution.value(1, cost) - solution.value(0, cost) - 0.8)
    assert float(solution.entry_gain(solution.threshold())) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("changes", [{}, EXTENDED])
def test_the_value_falls_in_costs_and_is_convex(changes):
    market = ExportMarket(**changes)
    cost = np.linspace(*costs(market, 6.0, 2), 301)  # evenly spaced
    value = SeparableEntry(market).value(BOTH, cost)
    assert np.diff(value).max() < 1e-9
    assert np.diff(value, 2).min() > -1e-9
    dearer = SeparableEntry(dataclasses.replace(market, entry_cost=0.9)).value(BOTH, cost)
    assert (dearer < value + 1e-9).all()


def test_every_extension_adds_value():
    cost = costs(ExportMarket())
    base = SeparableEntry(ExportMarket()).value(BOTH, cost)
    for name, number in EXTENDED.items():
        added = SeparableEntry(ExportMarket(**{name: number})).value(BOTH, cost) - base
        assert added.min() > -1e-6
        assert added.max() > 1e-2


def test_dear_efforts_and_rare_exits_leave_the_value_alone():
    market = ExportMarket(search_cost=1e7, maintenance_cost=1e7, exit_rate=1e-7)
    assert gap(SeparableEntry(market, 401), SeparableEntry(ExportMarket(), 401), market) < 1e-5


@pytest.mark.parametrize("solve", [closed_form, SeparableEntry])
def test_money_and_time_have_no_units(solve):
    market, cost = ExportMarket(), costs(ExportMarket())
    amounts = {name: 3 * getattr(market, name) for name in ("revenue", "mean_cost", "cost_volatility", "entry_cost")}
    scaled = solve(dataclasses.replace(market, **amounts)).value(BOTH, 3 * cost)
    np.testing.assert_allclose(scaled, 3 * solve(market).value(BOTH, cost), rtol=1e-9)
    rates = {
        name: 4 * getattr(market, name) for name in ("discount_rate", "cost_reversion", "opportunity_rate", "loss_rate")
    }
    flows = {name: 4 * getattr(market, name) for name in ("revenue", "mean_cost")}
    faster = dataclasses.replace(market, **rates, **flows, cost_volatility=4 * 2 * market.cost_volatility)
    np.testing.assert_allclose(
        solve(faster).value(BOTH, 4 * cost), solve(market).value(BOTH, cost), rtol=1e-9
    )  # costs are flows, so their volatility grows by 4 for the flow and by sqrt(4) for time


def test_beyond_the_grid_the_value_goes_on_linearly():
    market = ExportMarket()
    solution, exact = SeparableEntry(market), closed_form(market)
    far = costs(market, 12.0, 2)
    assert solution.value(BOTH, far) == pytest.approx(exact.value(BOTH, far), abs=0.05)
    assert np.abs(solution.value(BOTH, far) - solution.value(BOTH, costs(market, 7.0, 2))).max() > 1.5


def test_a_threshold_outside_the_grid_is_refused():
    with pytest.raises(CalibrationError, match="no threshold there"):
        SeparableEntry(ExportMarket(entry_cost=-50.0), nodes=101).threshold()


@pytest.mark.parametrize("name", ["search_cost", "maintenance_cost", "exit_rate"])
def test_no_closed_form_with_extensions(name):
    with pytest.raises(CalibrationError, match=f"{name} 2.0.*Use SeparableEntry"):
        closed_form(ExportMarket(**{name: 2.0}))


@pytest.mark.parametrize("changes", [{"entry_cost": -500.0}, {"cost_reversion": 1e-3}])
def test_no_closed_form_far_from_the_threshold(changes):
    with pytest.raises(CalibrationError, match=r"no threshold within 30.*Use SeparableEntry"):
        closed_form(ExportMarket(**changes))
