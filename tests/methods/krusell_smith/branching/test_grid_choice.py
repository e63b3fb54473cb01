"""Choices by running maxima against all pairs of nodes tried one by one."""

import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.grid_choice import grid_choice
from hetkeras.models.bloom import Bloom

FULL = Bloom()
SMALL = Bloom(num_capital=14, depreciation=0.16, num_labor=11, separation=0.26)
COSTS = {
    "paper": {},
    "no fixed costs": {"fixed_labor_cost": 0.0},
    "both fixed costs": {"fixed_capital_cost": 0.02},
    "capital cannot be sold": {"resale_loss": 1.0, "fixed_capital_cost": 0.01},
    "nothing costs anything": {"fixed_labor_cost": 0.0, "hiring_cost": 0.0, "resale_loss": 0.0},
}


def carried(model, seed=0):
    """A value of ending with (k', n), by productivity, that is rugged enough for all branches to be taken."""
    productivity = model.idiosyncratic_chain.values[:, None, None]
    capital, labor = model.capital_nodes[:, None], model.labor_nodes
    noise = np.random.default_rng(seed).normal(0, 0.004, (len(productivity), len(capital), len(labor)))
    return 30 + 9 * productivity**0.5 * capital**0.4 * labor**0.1 + 0.6 * labor**0.5 + noise


def all_pairs(model, values, aggregate, price):
    """V, branch and nodes by trying every (k', n) of every (k, n_-1), for one aggregate state: [E, H, L] each."""
    capital, labor = model.capital_nodes, model.labor_nodes
    kept = np.maximum(np.arange(len(capital)) - 1, 0), np.maximum(np.arange(len(labor)) - 1, 0)
    adjusts = [np.arange(len(each))[None] != each[:, None] for each in kept]  # [from, to]
    investment = capital - (1 - model.depreciation) * capital[:, None]
    hiring = labor - (1 - model.separation) * labor[:, None]
    wage = model.leisure_weight / price
    moving = investment + model.resale_loss * np.maximum(-investment, 0)
    hiring_cost = model.hiring_cost * wage * np.abs(hiring)
    found = []
    for own, productivity in enumerate(model.idiosyncratic_chain.values):
        output = aggregate * productivity * capital[:, None] ** model.capital_share * labor**model.labor_share  # [k, n]
        for lagged in range(len(labor)):
            fixed = model.fixed_capital_cost * adjusts[0][:, :, None]  # [k, k', n]
            fixed = fixed + model.fixed_labor_cost * adjusts[1][lagged]
            goods = output[:, None] * (1 - fixed) - wage * labor - moving[:, :, None] - hiring_cost[lagged]
            total = (price * goods + values[own]).reshape(len(capital), -1)
            best = total.argmax(-1)
            nodes = np.unravel_index(best, (len(capital), len(labor)))
            branch = adjusts[0][np.arange(len(capital)), nodes[0]] + 2 * adjusts[1][lagged][nodes[1]]
            found.append((total[np.arange(len(capital)), best], branch, *nodes))
    shape = (len(model.idiosyncratic_chain.values), len(labor), len(capital))
    return [np.reshape(part, shape).swapaxes(1, 2) for part in zip(*found, strict=True)]


@functools.cache
def chooser(model, jit):
    return tf.function(functools.partial(grid_choice, model), jit_compile=jit, autograph=False)


def choose(model, values, aggregate, price, dtype=tf.float64, jit=False):
    return chooser(model, jit)(*(tf.constant(each, dtype) for each in (values, aggregate, price)))


def mismatches(model, values, aggregate, price, **how):
    expected = all_pairs(model, values, aggregate, price)
    found = [part.numpy() for part in choose(model, values, aggregate, price, **how)]
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    return sum((have != want).sum() for have, want in zip(found[1:], expected[1:], strict=True)), expected


@pytest.mark.parametrize("costs", COSTS.values(), ids=COSTS)
@pytest.mark.parametrize("price", [1.0, 1.36, 1.8])
def test_all_pairs_give_the_same_choices_and_values(costs, price):
    model = dataclasses.replace(SMALL, **costs)
    wrong, _ = mismatches(model, carried(model), 1.02, price)
    assert wrong == 0


@pytest.mark.parametrize("fixed_labor_cost", [0.096, 0.0])
def test_no_choice_differs_on_the_full_grid(fixed_labor_cost):
    model = dataclasses.replace(FULL, fixed_labor_cost=fixed_labor_cost)
    wrong, (_, branch, *_) = mismatches(model, carried(model), 1.0, 1.36, jit=True)
    assert branch.size == 16_835
    assert wrong == 0
    assert fixed_labor_cost == 0 or len(np.unique(branch)) == 4


def test_economies_are_a_batch():
    values = np.stack([carried(SMALL, seed) for seed in range(3)])
    aggregate, price = [0.97, 1.0, 1.03], [1.2, 1.36, 1.5]
    together = choose(SMALL, values, aggregate, price)
    for economy in range(3):
        alone = choose(SMALL, values[economy], aggregate[economy], price[economy])
        np.testing.assert_allclose(together.value[economy], alone.value, rtol=1e-14)
        for found, expected in zip(together[1:], alone[1:], strict=True):
            np.testing.assert_array_equal(found[economy], expected)


def test_single_precision_loses_no_more_than_rounding():
    values = carried(SMALL)
    found, exact = (choose(SMALL, values, 1.0, 1.36, dtype) for dtype in (tf.float32, tf.float64))
    assert found.value.dtype == tf.float32
    np.testing.assert_allclose(found.value, exact.value, rtol=1e-6)
    assert np.mean(found.branch == exact.branch) > 0.999


def test_the_branch_says_which_nodes_are_kept():
    found = choose(SMALL, carried(SMALL), 1.0, 1.36)
    digits = np.array(BRANCHES)[found.branch]
    capital = np.maximum(np.arange(SMALL.num_capital) - 1, 0)[:, None]
    labor = np.maximum(np.arange(SMALL.num_labor) - 1, 0)
    np.testing.assert_array_equal(digits[..., 0] == 0, found.capital_next == capital)
    np.testing.assert_array_equal(digits[..., 1] == 0, found.labor == labor)


def test_of_equal_branches_the_firm_takes_the_one_that_keeps():
    free = dataclasses.replace(SMALL, fixed_labor_cost=0.0)
    flat = np.zeros((free.num_idiosyncratic, free.num_capital, free.num_labor))
    found = choose(dataclasses.replace(free, resale_loss=1.0), flat, 1.0, 1.36)
    assert not (found.branch.numpy() % 2).any()


@pytest.mark.parametrize("jit", [False, True])
def test_values_that_are_not_numbers_stay_so(jit):
    values = carried(SMALL)
    values[0, 3, 4] = np.nan
    found = choose(SMALL, values, 1.0, 1.36, jit=jit).value.numpy()
    assert np.isnan(found[0]).all()  # every pair of nodes can be reached
    assert np.isfinite(found[1:]).all()


def test_nodes_may_be_several_to_what_remains():
    """Twice as many nodes: what remains is two nodes down, and the lowest two are held at the lowest."""

    class Finer(Bloom):
        capital_nodes = property(lambda self: 1.2 * 0.9 ** -np.arange(12.0))

    fine = Finer(depreciation=1 - 0.9**2, num_labor=11, separation=0.26, fixed_capital_cost=1e6)
    values = np.zeros((5, 12, 11)) + 1e3 * fine.capital_nodes[:, None]
    kept = choose(fine, values, 1.0, 1.36).capital_next.numpy()
    np.testing.assert_array_equal(kept, np.broadcast_to(np.maximum(np.arange(12) - 2, 0)[:, None], kept.shape))


def test_firms_that_do_not_adjust_must_stay_on_the_grid():
    class Even(Bloom):
        labor_nodes = property(lambda self: np.linspace(0.1, 0.9, 5))

    message = r"labor of 0\.3 leaves 0\.2736, which is between two nodes; expected a node"
    with pytest.raises(CalibrationError, match=message):
        grid_choice(Even(), tf.zeros((5, 91, 5), tf.float64), *map(tf.constant, (1.0, 1.36)))
