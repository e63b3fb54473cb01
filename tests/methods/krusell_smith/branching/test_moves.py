"""Targets of moves against plain rules: what they maximise, which branch is best, where a firm goes."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.moves import (
    DIGITS,
    MOVES,
    TIE,
    BranchChoices,
    best_branch,
    branch_choices,
    policy_objective,
    selected_move,
)
from hetkeras.models.bloom import Bloom

MODEL = Bloom(fixed_labor_cost=0.05)
BOTH = Bloom(fixed_capital_cost=0.02, fixed_labor_cost=0.05)
NEITHER = Bloom(fixed_labor_cost=0.0)
CAPITAL = {(1, 0): 4.0, (-1, 0): 6.0, (1, 1): 4.4, (-1, 1): 6.6, (1, -1): 3.6, (-1, -1): 5.4}
LABOR = {(0, 1): 0.2, (0, -1): 0.4, (1, 1): 0.22, (-1, 1): 0.24, (1, -1): 0.42, (-1, -1): 0.44}


def tensor(value):
    return tf.constant([[value]], tf.float64)


def choice(capital, labor):
    """Targets of one firm, [1, 1, D]; what a move keeps is kept."""
    rows = [[CAPITAL.get(move, capital), LABOR.get(move, labor)] for move in MOVES]
    levels = (tf.constant([[column]], tf.float64) for column in np.transpose(rows))
    return FirmChoice(*levels, *(tf.constant(column, tf.float64) for column in np.transpose(DIGITS)))


def test_moves_are_all_but_staying():
    assert sorted(MOVES) == sorted((k, n) for k in (-1, 0, 1) for n in (-1, 0, 1) if (k, n) != (0, 0))
    assert tuple((abs(k), abs(n)) for k, n in MOVES) == DIGITS


@pytest.mark.parametrize("model", [MODEL, BOTH], ids=["labor", "both"])
@pytest.mark.parametrize("rises", [(True, True), (True, False), (False, True), (False, False)])
def test_what_a_branch_climbs_is_its_payoff_on_its_own_side(model, rises):
    """Up to a number that does not depend on the target: differences along a grid of targets are the same."""
    firm = FirmState(*(tf.constant([[[x]]], tf.float64) for x in (1.1, 5.0, 0.3)))
    one = tf.constant([1.02], tf.float64), tf.constant([1.4], tf.float64)
    digits, rows = tf.constant(np.transpose(BRANCHES)[:, None, None], tf.float64), []
    for share in (0.1, 0.3, 0.5):  # away from what is kept
        kept, signs = (4.87, 0.2736), np.where(rises, 1, -1)
        levels = [k * (1 + share * sign * digit) for k, sign, digit in zip(kept, signs, digits, strict=True)]
        taken = FirmChoice(*levels, *digits)
        sides = tuple(tf.fill((1, 1, len(BRANCHES)), side) for side in rises)
        found = policy_objective(model, firm, BranchChoices(taken, sides), *one, tf.zeros_like(levels[0]))
        rows.append((found[0, 0], model.payoff(firm, taken, one[0], one[1])[0, 0]))
    np.testing.assert_allclose(*np.moveaxis(np.diff(rows, axis=0), 1, 0), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("capital", "labor", "expected", "rises"),
    [
        (3.0, 0.1, ((3.0, 0.1), (4.0, 0.1), (3.0, 0.2), (4.4, 0.22)), ((1, 1), (1, 1))),
        (7.0, 0.9, ((7.0, 0.9), (6.0, 0.9), (7.0, 0.4), (5.4, 0.44)), ((0, 0), (0, 0))),
        (5.2, 0.1, ((5.2, 0.1), (6.0, 0.1), (5.2, 0.2), (4.4, 0.24)), ((0, 1), (1, 1))),  # with more labor it invests
    ],
)
def test_each_branch_has_the_targets_on_the_side_of_the_firm(capital, labor, expected, rises):
    found = branch_choices((tensor(capital), tensor(labor)), choice(capital, labor))
    np.testing.assert_array_equal(np.stack(found.choice[:2], -1)[0, 0], expected)
    np.testing.assert_array_equal(np.stack(found.choice[2:], -1)[0, 0], BRANCHES)
    for side, sign in zip(found.rises, rises, strict=True):
        places = BRANCHES.index((1, 0) if side is found.rises[0] else (0, 1)), BRANCHES.index((1, 1))
        np.testing.assert_array_equal(side.numpy()[0, 0][list(places)], np.array(sign, bool))


@pytest.mark.parametrize(
    ("capital", "labor", "branch", "expected"),
    [
        (3.0, 0.3, (0, 0), (1, 4.0, 0, 0.3)),  # no fixed cost: below the target, so it invests whatever is likeliest
        (5.0, 0.3, (1, 0), (0, 5.0, 0, 0.3)),  # between the targets, so it stays
        (7.0, 0.3, (0, 0), (1, 6.0, 0, 0.3)),
        (5.0, 0.1, (0, 1), (0, 5.0, 1, 0.2)),
        (4.2, 0.1, (0, 1), (1, 4.4, 1, 0.22)),  # hires, and with more labour more capital is wanted
        (6.8, 0.1, (1, 1), (1, 6.6, 1, 0.24)),
        (3.0, 0.9, (0, 1), (1, 3.6, 1, 0.42)),
        (5.0, 0.9, (1, 1), (0, 5.0, 1, 0.4)),
        (7.0, 0.9, (1, 1), (1, 5.4, 1, 0.44)),
    ],
)
def test_firms_follow_the_targets_on_their_side(capital, labor, branch, expected):
    logits = tf.one_hot([[BRANCHES.index(branch)]], 4, dtype=tf.float64)
    found = selected_move(MODEL, (tensor(capital), tensor(labor)), choice(capital, labor), logits)
    adjusts_capital, k, adjusts_labor, n = expected
    assert [x.numpy().item() for x in found] == [k, n, adjusts_capital, adjusts_labor]


def test_with_fixed_costs_the_likeliest_branch_decides_on_both():
    kept = tensor(3.0), tensor(0.1)
    for branch in BRANCHES:
        logits = tf.one_hot([[BRANCHES.index(branch)]], 4, dtype=tf.float64)
        found = selected_move(BOTH, kept, choice(3.0, 0.1), logits)
        assert tuple(int(digit.numpy().item()) for digit in found[2:]) == branch
    logits = tf.one_hot([[0]], 4, dtype=tf.float64)
    free = selected_move(NEITHER, kept, choice(3.0, 0.1), logits)  # and without any, the targets alone
    assert [x.numpy().item() for x in free[2:]] == [1, 1]


@pytest.mark.parametrize(
    ("model", "worth", "expected"),
    [
        (BOTH, (10.0, 9.9999, 9.0, 9.0), (0, 0)),
        (BOTH, (10.0, 9.0, 10.1, 9.0), (0, 1)),
        (BOTH, (10.0, 10.2, 10.1, 9.0), (1, 0)),
        (BOTH, (10.0, 9.0, 9.0, 10.3), (1, 1)),
        (MODEL, (10.0, 9.9999, 9.0, 9.0), (1, 0)),  # its target lies ahead, however little it gains
        (MODEL, (10.0, 9.0, 10.5, 9.0), (1, 1)),
        (MODEL, (10.0, 10 + TIE / 2, 0, 0), (1, 0)),
    ],
)
def test_the_best_branch_is_that_of_the_greatest_worth(model, worth, expected):
    found = best_branch(model, (tensor(3.0), tensor(0.1)), choice(3.0, 0.1), tf.constant([[worth]], tf.float64))
    assert BRANCHES[found.numpy().item()] == expected


def test_between_its_targets_a_firm_without_fixed_cost_does_not_adjust():
    worth = tf.constant([[(10.0, 10.5, 9.0, 9.0)]], tf.float64)
    found = best_branch(MODEL, (tensor(5.0), tensor(0.3)), choice(5.0, 0.3), worth)
    assert BRANCHES[found.numpy().item()] == (0, 0)


def test_fixed_costs_are_what_matters_not_their_size():
    tiny = dataclasses.replace(BOTH, fixed_capital_cost=1e-9)
    logits = tf.one_hot([[0]], 4, dtype=tf.float64)
    found = selected_move(tiny, (tensor(3.0), tensor(0.3)), choice(3.0, 0.3), logits)
    assert found.adjusts_capital.numpy().item() == 0
