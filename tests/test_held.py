"""What ships under a name is measured under that name: perversions of exported functions are refused, on own states."""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.held import LIMIT, Held, with_signatures
from hetkeras.saved_model import load
from tools.held_states import held_functions

SHIPPED = Path(__file__).parents[1] / "exported_models"
NOTHING = Diagnosis({}, (), {})


@functools.cache
def shipped(name):
    return load(SHIPPED / name)


MODELS = (
    "khan_thomas",
    "bloom",
    "huggett",
    "krusell_smith",
    "investment_nu15_n128",
    "export_entry_j10",
    "production_network_n5",
)


@pytest.mark.parametrize("name", MODELS)
def test_every_exported_output_is_tested_or_held_and_agrees(name):
    loaded = shipped(name)
    found = with_signatures(NOTHING, loaded, held_functions(loaded))
    assert found.converged, found.reason
    assert [check.name for check in found.checks] == ["signature_gap"]
    assert found.numbers["signature_gap"] < LIMIT / 10


PLANTED = [
    ("khan_thomas", "policy", {"target_capital": lambda x: 1.1 * x, "adjustment_probability": tf.ones_like}),
    ("khan_thomas", "policy", {"labor": lambda x: 1.001 * x}),
    ("bloom", "policy", {"branch": lambda x: 3 - x}),
    ("bloom", "policy", {"branch_probabilities": lambda x: 1.1 * x}),
    ("bloom", "value", {"value": lambda x: 1.001 * x}),
    ("investment_nu15_n128", "industry_policy", {"industry_investment": lambda x: 1.5 * x}),
    ("investment_nu15_n128", "transition", {"industry_capital": lambda x: 1.001 * x}),
    ("export_entry_j10", "policy", {"enter": tf.logical_not}),
    ("export_entry_j10", "policy", {"rate": lambda x: 1.01 * x}),
    ("export_entry_j10", "policy", {"value": lambda x: x * tf.linspace(0.9, 1.1, tf.size(x))}),
    ("export_entry_j10", "opportunity", {"entry_gain": lambda x: 1.01 * x}),
    ("production_network_n5", "policy", {"value": lambda x: 2 * x, "link": tf.logical_not}),
    ("production_network_n5", "policy", {"link": tf.logical_not}),
    ("production_network_n5", "gains", {"link_gain": tf.negative}),
    ("production_network_n5", "exact", {"decision": lambda x: 1.01 * x}),
    ("khan_thomas", "forecast", {"in_bounds": tf.logical_not}),
    ("khan_thomas", "policy", {"labor": lambda x: x * np.nan}),
    ("khan_thomas", "policy", {"labor": lambda x: x[:-1]}),
]


@pytest.mark.parametrize(("name", "function", "perversions"), PLANTED)
def test_a_function_that_says_something_else_is_refused_by_name(name, function, perversions):
    loaded = shipped(name)

    def perverted(**inputs):
        found = loaded.signatures[function](**inputs)
        return {**found, **{output: change(found[output]) for output, change in perversions.items()}}

    wrong = loaded._replace(signatures={**loaded.signatures, function: perverted})
    found = with_signatures(NOTHING, wrong, held_functions(wrong))
    failed = {check.name: check for check in found.checks if not check.passed}
    assert not found.converged
    advice = failed[f"signature_gap_{function}"].advice
    assert advice == f"the exported {function} says something else than what was measured"


class Loaded(NamedTuple):
    """What a check asks of a reloaded solution."""

    signatures: dict
    outputs: dict
    metadata: dict = {"bounds": {"capital": [0.5, None], "price": [0.5, 2.5]}}  # noqa: RUF012


def told(held, promised, **functions):
    """What is said against functions, which are lambdas, whose metadata promise these outputs."""
    found = with_signatures(NOTHING, Loaded(functions, promised), held)
    return [check.advice for check in found.checks if not check.passed]


def test_what_nobody_holds_is_refused():
    held = {"forecast": Held({"wage": np.ones(3)}, {"price": np.ones(3)})}
    promised = {"forecast": ["price"], "policy": ["labor"], "value": []}
    wrong = told(held, promised, forecast=lambda wage: {"price": wage, "rent": wage}, policy=None)
    assert wrong == ["nothing measures rent of the exported forecast", "nothing measures labor of the exported policy"]


def test_an_output_that_metadata_promise_and_nobody_gives_is_refused():
    held = {"forecast": Held({"wage": np.ones(3)}, {"price": np.ones(3), "rent": np.ones(3)})}
    wrong = told(held, {"forecast": ["price", "rent"]}, forecast=lambda wage: {"price": wage})
    assert wrong == ["nothing measures rent of the exported forecast"]


@pytest.mark.parametrize(("name", "ends"), [("price", [True, True, False]), ("industry_capital", [False] * 3)])
def test_in_bounds_is_held_against_the_metadata(name, ends):
    """An end that is null is of a policy that explodes: nothing is inside."""
    held = {"forecast": Held({name: np.float32([0.5, 2.5, 2.6])})}
    for flags in (ends, [True] * 3):
        wrong = told(held, {"forecast": []}, forecast=lambda flags=flags, **_: {"in_bounds": np.array(flags)})
        assert bool(wrong) is (flags is not ends)


@pytest.mark.parametrize("inside", [True, False])
def test_next_to_a_bound_either_answer_will_do(inside):
    held = {"forecast": Held({"price": np.array([2.5 * (1 + 1e-9)])})}
    assert not told(held, {"forecast": []}, forecast=lambda price: {"in_bounds": np.array([inside])})
