"""Known values of export entry: which reference is chosen, that it is quoted rightly, closed forms; bounds."""

import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.references.export_entry import known_entry as module
from hetkeras.references.export_entry.coupled_entry import CoupledEntry
from hetkeras.references.export_entry.entry_problem import linked_markets
from hetkeras.references.export_entry.exchangeable_entry import ExchangeableEntry
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.known_entry import REACH, known_entry
from hetkeras.references.export_entry.linked_markets import LinkedMarkets
from hetkeras.references.export_entry.separable_entry import SeparableEntry

RNG = np.random.default_rng(5)
PAIRS = RNG.uniform(0, 0.05, (3, 3)) * (1 - np.eye(3))
DIFFERENT = {
    "num_destinations": 3,
    "revenue": (1.0, 0.95, 1.1),
    "mean_cost": (0.8, 0.82, 0.9),
    "entry_cost": (0.8, 0.6, 0.7),
    "cost_loadings": (0.15, 0.05, 0.05, 0.15, 0.12, -0.1),
    "complementarity": tuple(PAIRS.ravel()),
}
MOVING = {"revenue_loadings": (0.1, 0.0, 0.0, 0.1, 0.05, 0.05)}
OWN = {"own_cost_volatility": (0.1, 0.0, 0.2)}
EXTENDED = {"search_cost": 2.0, "maintenance_cost": 20.0, "exit_rate": 0.5}
SEPARABLE = ExportEntry(**{**DIFFERENT, **OWN, "complementarity": (0.0,)})
EXCHANGEABLE = ExportEntry(num_destinations=3)
COUPLED = ExportEntry(**DIFFERENT)
KINDS = pytest.mark.parametrize(
    ("name", "model"),
    {
        "separable": SEPARABLE,
        "separable ": dataclasses.replace(SEPARABLE, **MOVING),
        "exchangeable": EXCHANGEABLE,
        "exchangeable ": dataclasses.replace(EXCHANGEABLE, revenue_loadings=(0.0, 0.1)),
        "coupled": COUPLED,
        "coupled ": dataclasses.replace(COUPLED, **MOVING),
    }.items(),
    ids=lambda value: None if isinstance(value, str) else f"{len(value.state_names)}",
)


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Two factors on few nodes: seconds less, and exact for the linear values of closed forms."""
    monkeypatch.setattr(module, "CoupledEntry", functools.partial(CoupledEntry, nodes=21))


def linked(**changes):
    """Three destinations that differ, as the references take them."""
    model = ExportEntry(**DIFFERENT)
    return dataclasses.replace(linked_markets(model), **changes)


def double(*parts):
    return [tf.constant(part, tf.float64) for part in parts]


# --- which reference -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (ExportEntry(num_destinations=1), "separable"),
        (ExportEntry(num_destinations=40, complementarity=(0.0,)), "separable"),
        (SEPARABLE, "separable"),
        (ExportEntry(num_destinations=6, num_factors=3, cost_loadings=(0.1, 0.1, 0.1)), "exchangeable"),
        (ExportEntry(**{**DIFFERENT, "complementarity": (0.02,)}), "coupled"),
        (dataclasses.replace(EXCHANGEABLE, entry_cost=(0.8, 0.8, 0.81)), "coupled"),
        (dataclasses.replace(EXCHANGEABLE, complementarity=(0, 0.1, 0.1, 0.1, 0, 0.1, 0.1, 0.2, 0)), "coupled"),
        (ExportEntry(num_destinations=9, mean_cost=(*[0.8] * 8, 0.7)), None),
        (ExportEntry(**{**DIFFERENT, "num_factors": 3, "cost_loadings": (0.1, 0.2, 0.1)}), None),
        (dataclasses.replace(COUPLED, **OWN), None),
        (dataclasses.replace(EXCHANGEABLE, own_cost_volatility=(0.1,)), None),
    ],
)
def test_the_reference_is_the_one_that_holds(model, expected):
    known = model.exact_values()
    assert (known and known.name) == expected


def test_states_are_of_both_kinds_and_within_their_reach():
    for model in (SEPARABLE, EXCHANGEABLE, COUPLED):
        known = model.exact_values()
        assert known.state.shape == known.binary.shape == known.worth.shape == (len(known.value), 3)
        assert set(np.unique(known.binary)) == {0.0, 1.0}
        assert len(np.unique(known.binary @ [1, 2, 4])) >= 4
        away = (known.state - model.mean_cost) * np.sqrt(0.6)
        weights = np.abs(linked_markets(model).loadings).sum(1)
        assert (np.abs(away) <= REACH * weights + 1e-12).all()
        assert (np.abs(away).max(0) > 0.5 * weights).all()


# --- what it says --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("extension", [{}, EXTENDED], ids=["plain", "extended"])
def test_separable_values_are_sums_of_single_destinations(extension):
    model = dataclasses.replace(SEPARABLE, **extension)
    known, total = model.exact_values(), 0.0
    for j in range(3):
        sigma = np.linalg.norm([*np.reshape(DIFFERENT["cost_loadings"], (3, 2))[j], OWN["own_cost_volatility"][j]])
        parts = {"cost_volatility": sigma, **{n: DIFFERENT[n][j] for n in ("revenue", "mean_cost", "entry_cost")}}
        alone = SeparableEntry(ExportMarket(**parts, **extension))
        total = total + alone.value(known.binary[:, j], known.state[:, j])
        worth = alone.value(np.array(1), known.state[:, j]) - alone.value(np.array(0), known.state[:, j])
        np.testing.assert_allclose(known.worth[:, j], worth, rtol=1e-10)
    np.testing.assert_allclose(known.value, total, rtol=1e-8)


def test_exchangeable_values_are_those_of_numbers_of_active_destinations():
    known = ExportEntry(num_destinations=8).exact_values()
    exact = ExchangeableEntry(ExportMarket(), 8, 0.02, 801)
    count, cost = known.binary.sum(1).astype(int), known.state[:, 0]
    assert {0, 4, 8} < set(count)
    assert not np.ptp(known.state, axis=1).any()
    np.testing.assert_allclose(known.value, exact.value(count, cost), rtol=1e-5)
    for row in range(0, len(count), 4):
        on = known.binary[row] > 0.5
        for which, others in ((on, count[row] - 1), (~on, count[row])):
            if which.any():
                rise = exact.value(others + 1, cost[row]) - exact.value(others, cost[row])
                np.testing.assert_allclose(known.worth[row, which], rise, atol=2e-5)


def test_coupled_values_and_gains_are_those_of_flipped_states():
    known = COUPLED.exact_values()
    exact = CoupledEntry(linked_markets(COUPLED), 21)
    loadings = np.reshape(DIFFERENT["cost_loadings"], (3, 2))
    factors = np.linalg.lstsq(loadings, (known.state - DIFFERENT["mean_cost"]).T, rcond=None)[0].T
    np.testing.assert_allclose(factors @ loadings.T + DIFFERENT["mean_cost"], known.state, rtol=1e-12)
    active = known.binary.astype(int)
    np.testing.assert_allclose(known.value, exact.value(active, factors), rtol=1e-10)
    for j in range(3):
        rise = [exact.value(np.where(np.arange(3) == j, on, active), factors) for on in (1, 0)]
        np.testing.assert_allclose(known.worth[:, j], rise[0] - rise[1], rtol=1e-9)


@KINDS
@pytest.mark.parametrize("accept", [True, False])
def test_where_all_or_nothing_is_accepted_known_values_are_closed_forms(name, model, accept):
    """Moving revenue and own shocks included: they enter the references as one cost."""
    model = dataclasses.replace(model, entry_cost=(-50.0 if accept else 1e4,))
    known = model.exact_values()
    assert known.name == name.strip()
    state, binary = double(known.state, known.binary)
    np.testing.assert_allclose(known.value, model.closed_form(state, binary, accept), rtol=1e-8, atol=1e-8)
    for j in range(3):
        sides = [tf.constant(np.where(np.arange(3) == j, on, known.binary)) for on in (1.0, 0.0)]
        rise = model.closed_form(state, sides[0], accept) - model.closed_form(state, sides[1], accept)
        np.testing.assert_allclose(known.worth[:, j], rise, rtol=1e-6, atol=1e-8)


def test_a_number_of_states_may_be_chosen():
    assert known_entry(linked(), 7)[0].value.shape == (7,)
    assert known_entry(linked(complementarity=np.zeros((3, 3))), 9)[0].entry_gain.shape == (9, 3)


# --- bounds --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("extension", [{}, EXTENDED], ids=["plain", "extended"])
@pytest.mark.parametrize("model", [EXCHANGEABLE, COUPLED], ids=["exchangeable", "coupled"])
def test_bounds_enclose_known_values(model, extension):
    model = dataclasses.replace(model, **extension)
    known = model.exact_values()
    lower, upper = (bound(known.state, known.binary) for bound in model.bounds())
    assert (lower < known.value + 5e-3).all()
    assert (known.value < upper + 5e-3).all()
    assert (upper - lower).max() < known.value.mean()


@pytest.mark.parametrize("model", [SEPARABLE, dataclasses.replace(SEPARABLE, **MOVING)])
def test_bounds_without_complementarity_are_the_value(model):
    known = model.exact_values()
    for bound in model.bounds():
        np.testing.assert_allclose(bound(known.state, known.binary), known.value, rtol=1e-4)


def test_bounds_of_moving_revenue_depend_on_revenue_less_cost_alone():
    model = dataclasses.replace(COUPLED, **MOVING)
    rng = np.random.default_rng(0)
    state, binary = model.mean_state + rng.normal(scale=0.3, size=(20, 6)), rng.integers(0, 2, (20, 3))
    still = dataclasses.replace(
        COUPLED, cost_loadings=tuple(np.subtract(DIFFERENT["cost_loadings"], MOVING["revenue_loadings"]))
    )
    costs = state[:, :3] - (state[:, 3:] - DIFFERENT["revenue"])
    for mine, other in zip(model.bounds(), still.bounds(), strict=True):
        np.testing.assert_allclose(mine(state, binary), other(costs, binary), rtol=1e-12)


def test_bounds_exist_with_shocks_of_the_destinations_own():
    model = dataclasses.replace(COUPLED, **OWN)
    lower, upper = (bound(model.mean_state[None], np.ones((1, 3))) for bound in model.bounds())
    assert lower < upper


def test_linked_markets_are_arrays_as_given():
    markets = linked_markets(dataclasses.replace(COUPLED, **EXTENDED))
    assert isinstance(markets, LinkedMarkets)
    assert (markets.common.search_cost, markets.common.maintenance_cost, markets.common.exit_rate) == (2.0, 20.0, 0.5)
    np.testing.assert_array_equal(markets.complementarity, PAIRS)
    for name in ("revenue", "mean_cost", "entry_cost"):
        np.testing.assert_allclose(getattr(markets, name), DIFFERENT[name], rtol=1e-15)
    np.testing.assert_array_equal(markets.loadings.ravel(), DIFFERENT["cost_loadings"])
    assert linked_markets(dataclasses.replace(COUPLED, **OWN)) is None
