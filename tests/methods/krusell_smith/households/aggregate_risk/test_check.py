"""The check of households under aggregate shocks: sound ones say nothing, each broken one exactly what is wrong."""

import types

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.households.aggregate_risk.check import check_aggregate_risk
from hetkeras.models.krusell_smith import KrusellSmith
from hetkeras.numerics.conditional_chain import ConditionalChain

LEVELS = np.array([0.0, 1 / 0.9])


def broken(fields=None, **members):
    return type("Broken", (KrusellSmith,), {"violations": lambda self: (), **members})(**fields or {})


def chain_of(values, transition):
    return types.SimpleNamespace(values=np.array(values), transition=np.array(transition), num_states=len(values))


def fixed(value):
    return property(lambda self: value)


def with_history():
    moves = KrusellSmith().idiosyncratic_chain.transitions.copy()
    moves[0, 1, 1] = [0.05, 0.95]
    return ConditionalChain(LEVELS, moves)


BROKEN = {
    "row": (
        {"aggregate_chain": fixed(chain_of([0.99, 1.01], [[0.5, 0.4], [0.5, 0.5]]))},
        "aggregate_chain: row 0 of its transition sums to 0.9; expected 1",
    ),
    "three states": (
        {"idiosyncratic_chain": fixed(ConditionalChain(LEVELS, np.full((3, 3, 2, 2), 0.5)))},
        "idiosyncratic_chain has transitions of shape (3, 3, 2, 2); expected (2, 2, 2, 2), [A, A, E, E]",
    ),
    "negative labor": (
        {"idiosyncratic_chain": fixed(ConditionalChain(-LEVELS, KrusellSmith().idiosyncratic_chain.transitions))},
        "idiosyncratic_chain: the least labor is -1.11111; expected levels of labor, none below 0",
    ),
    "history": (
        {"idiosyncratic_chain": fixed(with_history())},
        "idiosyncratic_chain does not fit aggregate_chain: shares of households by state differ by 0.025 from those "
        "of the aggregate state, by where it came from; expected rows by (z, z') that lead to the same shares, or "
        "labor would have a history",
    ),
    "ends": (
        {"fields": {"borrowing_limit": 900.0}},
        "borrowing_limit is 900.0 and greatest_assets 500.0; expected the former below the latter",
    ),
    "capital": (
        {"mean_capital_bounds": fixed((30.0, 600.0))},
        "mean_capital_bounds is 30 to 600; expected above 0, above borrowing_limit 0 and below greatest_assets 500",
    ),
    "shape": (
        {"output": lambda self, *at: KrusellSmith.output(self, *at)[..., None]},
        "output gives float64 (18, 1); expected float64 (18,)",
    ),
    "slope": (
        {"marginal_utility": lambda self, c: 1.01 / c, "wanted_consumption": lambda self, m: 1.01 / m},
        "marginal_utility is off the slope of utility by 0.01; expected its derivative",
    ),
    "prices": (
        {"factor_prices": lambda self, *at: tuple(1.01 * p for p in KrusellSmith.factor_prices(self, *at))},
        "factor_prices is off the marginal products of output by 0.01; expected these",
    ),
    "returns to scale": (
        {"output": lambda self, z, capital, labor: z * capital**0.36 * labor**0.5},
        "capital and labor earn output but for 0.14 of it; expected constant returns to both together",
    ),
    "benefits that nobody pays": (
        {"income": lambda self, own, wage, labor: wage * tf.where(own > 0, own, 0.15)},
        "income is off what labor earns by 0.015 in the mean; expected taxes that pay for all benefits",
    ),
    "limit out of reach": (
        {"fields": {"borrowing_limit": -20.0}},
        "at mean capital 30 a household at its borrowing_limit -20 with the lowest income is left with -0.0371736 to "
        "consume; expected more than 0: raise the limit or what the poorest receive",
    ),
    "rest": (
        {"fields": {"smallest_mean_capital": 38.0}},
        "frictionless_steady_state(0.99) is K = 38 at the price 1.0101; expected K inside mean_capital_bounds, 38 to "
        "50, and a price above 0",
    ),
}


@pytest.mark.parametrize("model", [KrusellSmith(), KrusellSmith(risk_aversion=3.0, borrowing_limit=-2.0)])
def test_sound_households_say_nothing(model):
    assert list(check_aggregate_risk(model)) == []


@pytest.mark.parametrize("case", BROKEN)
def test_broken_households_are_told_what_is_wrong(case):
    members, expected = BROKEN[case]
    assert list(check_aggregate_risk(broken(**members))) == [expected]


def test_households_as_patient_as_the_future_are_refused():
    model = broken()
    object.__setattr__(model, "discount_factor", 1.0)
    assert list(check_aggregate_risk(model)) == ["discount_factor is 1.0; expected strictly between 0 and 1"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"unemployment": (0.1,)}, r"unemployment is \(0\.1,\); expected two, of bad and of good times"),
        ({"productivity": (-0.99, 1.01)}, r"productivity is \(-0\.99, 1\.01\); expected both above 0"),
        ({"unemployment": (0.1, 1.0)}, r"unemployment is \(0\.1, 1\.0\); expected both strictly between 0 and 1"),
        ({"unemployment": (0.3, 0.04)}, r"spell is \(2\.5, 1\.5\) and turning .*; expected such that all chances to"),
        ({"benefit": 0.99, "unemployment": (0.6, 0.55)}, r"benefit is 0\.99; expected one for which taxes leave"),
        ({"borrowing_limit": 31.0}, r"mean capital goes from 30\.0 to 50\.0; expected between borrowing_limit 31\.0"),
    ],
)
def test_fields_that_contradict_each_other_are_refused_at_once(fields, expected):
    with pytest.raises(CalibrationError, match=expected):
        KrusellSmith(**fields)


def test_the_calibration_is_that_of_the_paper():
    model = KrusellSmith()
    np.testing.assert_allclose(model.labor, [1.0, 0.96 / 0.9])
    rent, wage = (float(p) for p in model.factor_prices(*(tf.constant(x, tf.float64) for x in (0.99, 39.0, 1.0))))
    assert rent == pytest.approx(0.36 * 0.99 * 39**-0.64)
    assert wage == pytest.approx(0.64 * 0.99 * 39**0.36)
    income = model.income(tf.constant(LEVELS), tf.constant(wage, tf.float64), tf.constant(1.0, tf.float64)).numpy()
    np.testing.assert_allclose(income, [0.15 * wage, (1 - 0.015) * wage / 0.9])
