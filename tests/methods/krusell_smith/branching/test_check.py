"""The check of a model with branches: sound ones say nothing, each broken one exactly what is wrong with it."""

import types

import numpy as np
import pytest

from hetkeras.contracts.branching_firms import AdjustmentCosts, BranchingFirms
from hetkeras.methods.krusell_smith.branching.check import check_firms
from hetkeras.models.bloom import Bloom
from tests.small_branches import MODEL

SOUND = {"paper": Bloom(), "small": MODEL, "free labor": Bloom(fixed_labor_cost=0.0, hiring_cost=0.0)}


def broken(fields=None, **members):
    return type("Broken", (Bloom,), members)(**fields or {})


def scaled(name, factor):
    """The member of that name, multiplied."""
    return lambda self, *arguments: factor * getattr(Bloom, name)(self, *arguments)


def regimes_of(values, *transitions):
    return types.SimpleNamespace(
        values=np.array(values), transitions=np.array(transitions), num_states=len(values), num_regimes=len(transitions)
    )


def swapped_states(self):
    productivity, regime, lagged = Bloom.aggregate_states.fget(self)
    return productivity, lagged, regime


def other_levels(self):
    chain = Bloom.aggregate_chain.fget(self)
    return type(chain)(1.1 * chain.values, chain.transition)


def lost_investment(self, *arguments):
    flows = Bloom.flows(self, *arguments)
    return flows._replace(investment=0.999 * flows.investment)


def lost_costs(self, *arguments):
    flows = Bloom.flows(self, *arguments)
    return flows._replace(capital_cost=0.9 * flows.capital_cost)


EVEN, UNEVEN = [[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.4]]
BROKEN = {
    "chain": (
        {"idiosyncratic_chain": property(lambda self: regimes_of([0.9, 1.1], EVEN, UNEVEN))},
        "idiosyncratic_chain, regime 1: row 1 of its transition sums to 0.9; expected 1",
    ),
    "logs": (
        {"productivity_chain": property(lambda self: regimes_of([-0.1, 0.1], EVEN))},
        "productivity_chain, regime 0: the smallest productivity is -0.1; expected levels above 0, not logs",
    ),
    "regimes": (
        {"regimes": property(lambda self: types.SimpleNamespace(transition=np.array(UNEVEN)))},
        "regimes: row 1 of its transition sums to 0.9; expected 1",
    ),
    "patience": (
        {"fields": {"discount_factor": 1.0}, "violations": lambda self: ()},
        "discount_factor is 1.0; expected strictly between 0 and 1",
    ),
    "leisure": (
        {"fields": {"leisure_weight": 0.0}, "violations": lambda self: ()},
        "leisure_weight is 0.0; expected a finite number above 0",
    ),
    "negative cost": (
        {"adjustment_costs": AdjustmentCosts(selling=-0.1)},
        "adjustment_costs.selling is -0.1; expected from 0 to 1",
    ),
    "states": (
        {"aggregate_states": property(lambda self: (np.zeros(3, int),) * 3)},
        "aggregate_states names 3 states; expected 20, as in aggregate_chain",
    ),
    "lag": (
        {"aggregate_states": property(swapped_states)},
        "aggregate_states: the lagged regime is not that of the period before; expected aggregate_chain's order",
    ),
    "levels": (
        {"aggregate_chain": property(other_levels)},
        "aggregate_chain has other values than productivity_chain at aggregate_states; expected the same",
    ),
    "no rest": (
        {
            "frictionless_steady_state": BranchingFirms.frictionless_steady_state,
            "consumption": lambda self, price: 1e300 + 0 * price,
        },
        "Broken has no price from 1e-14 to 8e+13 at which firms without frictions leave households what they want; ",
    ),
    "no nodes": (
        {"labor_nodes": np.array([0.1])},
        "labor_nodes are 1 from [0.1] to [0.1]; expected at least 2 that rise from above 0",
    ),
    "off nodes": (
        {"capital_nodes": np.geomspace(1.0, 12.0, 50)},
        "capital_nodes: what remains of a node is off the node below by 0.025; expected each to fall to the next",
    ),
    "range": ({"mean_capital_bounds": (8.0, 3.0)}, "mean_capital_bounds is 8 to 3; expected from above 0 upwards"),
    "outside": (
        {"mean_capital_bounds": (3.0, 5.0)},
        "frictionless_steady_state(0.9581) is K = 5.20565 at the price 1.48198; ",
    ),
    "shape": (
        {"kept_capital": lambda self, capital: Bloom.kept_capital(self, capital)[None]},
        "kept_capital gives float64 (1, 4, 1); expected float64 (4, 1)",
    ),
    "lost investment": (
        {"flows": lost_investment},
        "flows.investment is off k' - depreciated_capital by ",
    ),
    "two payoffs": (
        {"payoff": lambda self, *arguments: 1.001 * Bloom.payoff(self, *arguments)},
        "payoff is off price x flows.net_output - labor_disutility by 0.001; expected that firms and the goods market",
    ),
    "fixed cost": (
        {"fixed_costs": (0.0, 0.1)},
        "branch 2 takes other shares of output than fixed_costs, off by 0.004; expected the same",
    ),
    "resale": (
        {"flows": lost_costs},
        "marginal_capital_cost below what remains is off what the payoff takes by 0.034; expected its slope",
    ),
    "hiring": (
        {"marginal_labor_cost": lambda self, price: (0.15 + 0 * price, -0.144 + 0 * price)},
        "marginal_labor_cost above what remains is off what the payoff takes by 0.04; expected its slope",
    ),
    "demand": (
        {"consumption": lambda self, price: 0.2 + 0.1 * price},
        "excess_demand does not fall in the price somewhere; expected that it always does",
    ),
    "rest": (
        {
            "frictionless_steady_state": lambda self, level: (
                1.01 * Bloom.frictionless_steady_state(self, level)[0],
                1.4,
            )
        },
        "frictionless_steady_state(1) is K = 5.56657, where a unit more makes ",
    ),
    "goods": (
        {"consumption": lambda self, price: 1.02 / price},
        "at frictionless_steady_state(1) firms make 0.857",
    ),
}


@pytest.mark.parametrize("model", SOUND.values(), ids=SOUND)
def test_sound_models_say_nothing(model):
    assert list(check_firms(model)) == []


@pytest.mark.parametrize(("members", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_model_says_what_is_wrong(members, sentence):
    problems = list(check_firms(broken(**members)))
    assert len(problems) == 1, problems
    assert problems[0].startswith(sentence)
