"""The check of households: sound ones say nothing, each broken one exactly what is wrong with it."""

import types

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.households.check import check_households
from hetkeras.models.aiyagari import Aiyagari
from hetkeras.models.huggett import Huggett


def broken(fields=None, **members):
    return type("Broken", (Huggett,), {"violations": lambda self: (), **members})(**fields or {})


def chain_of(values, transition):
    return types.SimpleNamespace(values=np.array(values), transition=np.array(transition), num_states=len(values))


def fixed(value):
    return property(lambda self: value)


BROKEN = {
    "row": (
        {"idiosyncratic_chain": fixed(chain_of([0.9, 1.1], [[0.5, 0.4], [0.5, 0.5]]))},
        "idiosyncratic_chain: row 0 of its transition sums to 0.9; expected 1",
    ),
    "logs": (
        {"idiosyncratic_chain": fixed(chain_of([-0.1, 0.1], [[0.5, 0.5], [0.5, 0.5]]))},
        "idiosyncratic_chain: the smallest productivity is -0.1; expected levels above 0, not logs",
    ),
    "apart": (
        {"idiosyncratic_chain": fixed(chain_of([0.9, 1.1], [[1.0, 0.0], [0.0, 1.0]]))},
        "idiosyncratic_chain has 2 groups of states that never reach each other; expected one, or the distribution of "
        "households depends on where they start",
    ),
    "ends": (
        {"fields": {"borrowing_limit": 200.0}},
        "borrowing_limit is 200.0 and greatest_assets 150.0; expected the former below the latter",
    ),
    "rates": (
        {"interest_bounds": fixed((0.01, -0.01))},
        "interest_bounds is 0.01 to -0.01; expected two rates above -1 that rise",
    ),
    "shape": (
        {"supply": lambda self, interest: tf.fill((2,), interest)},
        "supply gives float64 (2,); expected float64 ()",
    ),
    "utility that falls": (
        {"marginal_utility": lambda self, consumption: -consumption},
        "marginal_utility is not above 0 and falling in consumption; expected utility that rises, ever less",
    ),
    "slope": (
        {"marginal_utility": lambda self, consumption: 1.01 * consumption**-2, "wanted_consumption": None},
        "marginal_utility is off the slope of utility by 0.01; expected its derivative",
    ),
    "inverse": (
        {"wanted_consumption": lambda self, marginal: 0.99 * marginal**-0.5},
        "wanted_consumption is off the inverse of marginal_utility by 0.01; expected its inverse",
    ),
    "free asset": (
        {"asset_price": lambda self, interest: tf.zeros_like(interest)},
        "at an interest rate of -0.02 the asset costs 0 and pays 0.98; expected both above 0",
    ),
    "saving without end": (
        {"interest_bounds": fixed((0.0, 0.05))},
        "at an interest rate of 0.021875, within interest_bounds, discount_factor times the return is 1.00144; "
        "expected at most 1, or households save without end",
    ),
    "limit out of reach": (
        {"fields": {"borrowing_limit": -60.0}},
        "at an interest rate of 0.00778061 a household at its borrowing_limit -60 with the lowest income is left with "
        "-0.030607 to consume; expected more than 0: raise the limit, or narrow interest_bounds",
    ),
    "supply that rises": (
        {"supply": lambda self, interest: 5 + interest},
        "supply rises with the interest rate somewhere; expected that it never does",
    ),
    "supply below the limit": (
        {"supply": lambda self, interest: tf.zeros_like(interest)},
        "supply goes from 0 to 0 over interest_bounds; expected above borrowing_limit 0 everywhere and below "
        "greatest_assets 150 at the upper end, or households cannot hold it",
    ),
}


@pytest.mark.parametrize("model", [Huggett(), Aiyagari(), Huggett(budget="face_values", risk_aversion=1.0)])
def test_sound_households_say_nothing(model):
    assert list(check_households(model)) == []


@pytest.mark.parametrize("case", BROKEN)
def test_broken_households_are_told_what_is_wrong(case):
    members, expected = BROKEN[case]
    if members.get("wanted_consumption", 0) is None:
        members = {**members, "wanted_consumption": lambda self, marginal: (marginal / 1.01) ** -0.5}
    assert list(check_households(broken(**members))) == [expected]


def test_households_as_patient_as_the_future_are_refused():
    model = broken()
    object.__setattr__(model, "discount_factor", 1.0)
    assert list(check_households(model)) == ["discount_factor is 1.0; expected strictly between 0 and 1"]


def test_fields_out_of_range_are_refused_at_once():
    with pytest.raises(CalibrationError, match=r"bonds is -1\.0; expected between borrowing_limit 0\.0"):
        Huggett(bonds=-1.0)
    with pytest.raises(CalibrationError, match=r"lowest_interest is 0\.03; expected above -1 and below 1 / disc"):
        Huggett(lowest_interest=0.03)
    with pytest.raises(CalibrationError, match=r"borrowing_limit is 300\.0; expected below greatest_assets 200\.0"):
        Aiyagari(borrowing_limit=300.0)
