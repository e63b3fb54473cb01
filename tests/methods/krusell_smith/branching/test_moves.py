"""Targets of moves against plain rules: what they maximise, which branch is best, where a firm goes."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.moves import (
    BRANCH,
    DIGITS,
    MOVES,
    TIE,
    best_branch,
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


def test_moves_and_their_branches():
    assert sorted(MOVES) == sorted((k, n) for k in (-1, 0, 1) for n in (-1, 0, 1) if (k, n) != (0, 0))
    assert [BRANCHES[branch] for branch in BRANCH] == [(abs(k), abs(n)) for k, n in MOVES]


@pytest.mark.parametrize("model", [MODEL, BOTH], ids=["labor", "both"])
def test_what_a_move_climbs_is_its_payoff_on_its_own_side(model):
    """Up to a number that does not depend on the target: differences along a grid of targets are the same."""
    firm = FirmState(*(tf.constant([[[x]]], tf.float64) for x in (1.1, 5.0, 0.3)))
    one = tf.constant([1.02], tf.float64), tf.constant([1.4], tf.float64)
    for place, (capital_sign, labor_sign) in enumerate(MOVES):
        rows = []
        for share in (0.1, 0.3, 0.5):  # away from what is kept
            target = [4.87 * (1 + share * capital_sign), 0.2736 * (1 + share * labor_sign)]
            full = [tf.fill((1, 1, len(MOVES)), tf.constant(x, tf.float64)) for x in target]
            digits = [tf.constant(column, tf.float64) for column in np.transpose(DIGITS)]
            found = policy_objective(
                model, firm, FirmChoice(*full, *digits), *one, tf.zeros((1, 1, len(MOVES)), tf.float64)
            )
            payoff = model.payoff(firm, FirmChoice(*full, *digits), one[0], one[1])
            rows.append((float(found[0, 0, place]), float(payoff[0, 0, place])))
        np.testing.assert_allclose(*np.diff(rows, axis=0).T, rtol=1e-12, atol=1e-14)


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
        (BOTH, (10.0, 9.9999, 0, 9.0, 0, 9.0, 0, 0, 0), (0, 0)),
        (BOTH, (10.0, 9.0, 0, 10.1, 0, 9.0, 0, 0, 0), (0, 1)),
        (BOTH, (10.0, 9.0, 10.2, 10.1, 0, 9.0, 0, 0, 0), (1, 0)),
        (BOTH, (10.0, 9.0, 0, 9.0, 0, 9.0, 0, 10.3, 0), (1, 1)),
        (MODEL, (10.0, 9.9999, 0, 9.0, 0, 9.0, 0, 0, 0), (1, 0)),  # its target lies ahead, however little it gains
        (MODEL, (10.0, 9.0, 0, 10.5, 0, 9.0, 0, 0, 0), (1, 1)),
        (MODEL, (10.0, 10 + TIE / 2, 0, 0, 0, 0, 0, 0, 0), (1, 0)),
    ],
)
def test_the_best_branch_is_that_of_the_best_move(model, worth, expected):
    found = best_branch(model, (tensor(3.0), tensor(0.1)), choice(3.0, 0.1), tf.constant([[worth]], tf.float64))
    assert BRANCHES[found.numpy().item()] == expected


def test_between_its_targets_a_firm_without_fixed_cost_does_not_adjust():
    worth = tf.constant([[(10.0, 10.5, 0, 9.0, 0, 9.0, 0, 0, 0)]], tf.float64)
    found = best_branch(MODEL, (tensor(5.0), tensor(0.3)), choice(5.0, 0.3), worth)
    assert BRANCHES[found.numpy().item()] == (0, 0)


def test_fixed_costs_are_what_matters_not_their_size():
    tiny = dataclasses.replace(BOTH, fixed_capital_cost=1e-9)
    logits = tf.one_hot([[0]], 4, dtype=tf.float64)
    found = selected_move(tiny, (tensor(3.0), tensor(0.3)), choice(3.0, 0.3), logits)
    assert found.adjusts_capital.numpy().item() == 0
