"""Economies off the path: distributions that differ as they say, and paths that lead from end to end."""

import numpy as np
import pytest

from hetkeras.methods.krusell_smith.diagnosis import SimulatedEconomy
from hetkeras.methods.krusell_smith.off_path import (
    OffPath,
    forgetting_rate,
    mean_of,
    off_path_gaps,
    off_path_markets,
    starts_off_path,
)
from tests.small_firms import MODEL

NODES = np.geomspace(*MODEL.capital_bounds, 40)
LOGS = np.log(1.53) + 0.05 * np.sin(np.arange(400))


def economy(usual, logs=LOGS):
    return SimulatedEconomy({}, {"period": np.arange(500)}, usual, usual, logs)


def usual(labor=()):
    """Productive firms have more capital; with labor the same at each node of it."""
    middles = np.log(1.5) + np.linspace(-0.4, 0.4, 5)[:, None]
    mass = np.exp(-(((np.log(NODES) - middles) / 0.3) ** 2)) * np.array([1, 2, 3, 2, 1])[:, None]
    mass = mass[..., None] * np.ones(labor) if labor else mass
    return mass / mass.sum()


def starts(mass, **bent):
    found = starts_off_path(MODEL, economy(mass, **bent), NODES, 0.1)
    return {(start.shape, start.state): start for start in found}


@pytest.mark.parametrize("labor", [(), (3,)], ids=["capital", "capital and labor"])
def test_distributions_are_off_the_path_in_mean_capital_or_in_shape(labor):
    mass = usual(labor)
    found = starts(mass)
    assert set(found) == {(s, z) for s in ("low", "high", "emptied", "doubled", "exchanged") for z in (0, 4)}
    reach = 3 * LOGS.std()
    expected = {"low": LOGS.mean() - reach, "high": LOGS.mean() + reach}
    for (shape, _), start in found.items():
        assert start.mass.shape == mass.shape
        assert start.mass.sum() == pytest.approx(1, rel=1e-12)
        assert start.mass.min() >= 0
        mean = mean_of(start.mass, NODES)
        assert np.log(mean) == pytest.approx(expected.get(shape, LOGS.mean()), abs=1e-6)
    spread = {shape: variance(found[shape, 0].mass) for shape in ("emptied", "doubled")}
    assert min(spread.values()) > 1.5 * variance(mass)
    firms = found["exchanged", 0].mass.reshape(5, -1).sum(1)
    np.testing.assert_allclose(firms, mass.reshape(5, -1).sum(1))
    productive = [means(each)[-1] / means(each)[0] for each in (mass, found["exchanged", 0].mass)]
    assert productive[1] < 1 < productive[0]


def variance(mass):
    return mean_of(mass, np.log(NODES) ** 2) - mean_of(mass, np.log(NODES)) ** 2


def means(mass):
    return np.einsum("eh...,h->e...", mass, NODES).reshape(5, -1).sum(1) / mass.reshape(5, -1).sum(1)


def test_starts_are_within_the_range_of_the_model():
    low, high = MODEL.mean_capital_bounds
    found = starts(usual(), logs=np.log(1.6) + 0.3 * np.sin(np.arange(400)))
    held = [mean_of(found[shape, 0].mass, NODES) for shape in ("low", "high")]
    assert low < held[0] < 1.001 * low
    assert 0.999 * high < held[1] < high


def test_aggregate_states_switch_from_one_end_to_the_other_by_steps_that_happen():
    for (_, first), start in starts(usual()).items():
        assert len(start.path) == 100  # ten lifetimes of capital that wears at a tenth
        assert start.path[0] == first
        assert {*start.path[:10]} >= {0, 3} if first == 0 else {*start.path[:10]} >= {1, 4}
        steps = MODEL.aggregate_chain.transition[start.path[:-1], start.path[1:]]
        assert steps.min() > 1e-3


@pytest.mark.parametrize(
    ("stay", "expected"), [(0.8, 0.1), (0.99, 0.02), (1.0, 0.1)], ids=["capital is slower", "productivity is", "fixed"]
)
def test_the_slower_of_capital_and_productivity_says_when_the_past_is_forgotten(stay, expected):
    assert forgetting_rate(0.1, np.array([[stay, 1 - stay], [1 - stay, stay]])) == pytest.approx(expected)
    assert forgetting_rate(0.1, np.ones((2, 1, 1))) == 0.1


def test_numbers_are_of_the_worst_start_and_period():
    ones = np.ones((2, 3))
    series = {name: ones.copy() for name in ("cleared", "excess_demand", "price", "mean_capital")}
    series["excess_demand"] *= 0
    elsewhere = {name: values.copy() for name, values in series.items()}
    series["cleared"][1, 2], series["excess_demand"][0, 1], series["price"][0, 1] = 0, -0.3, 2.0
    series["mean_capital"][1] = 1.0, 5.0, 1.01
    found = off_path_markets(OffPath([], series, elsewhere))
    assert found["off_path_uncleared"] == pytest.approx(1 / 6)
    assert found["off_path_excess_demand_max"] == pytest.approx(0.6)
    assert found["off_path_return"] == pytest.approx(np.log(1.01))  # not what was on the way
    gaps = off_path_gaps(OffPath([], series, {}), OffPath([], elsewhere, {}))
    expected = {"price": np.log(2), "mean_capital": np.log(5)}
    assert gaps == {f"off_path_gap_{name}": pytest.approx(gap) for name, gap in expected.items()}


@pytest.mark.parametrize("broken", [np.nan, 0.0])
def test_a_path_that_lost_its_firms_or_its_numbers_is_broken(broken):
    assert not economy(usual()).broken
    assert economy(broken * usual()).broken
    assert economy(usual(), LOGS * np.nan).broken
