"""Where firms go in each branch: up or down from what they keep, one target for each (Yokomoto 2026, section 3.2).

Beyond a fixed cost, costs are linear on either side of what is kept. A firm that is free to move therefore goes up to
one target if it has less, down to another if it has more, and in between stays: the targets do not depend on what it
has, so that networks learn smooth functions, and without a fixed cost they alone say who adjusts. To compare values
would bias such firms towards staying: what a small move gains is less than what a small error of the target loses.

Of the two targets of a stock only that on the firm's side is ever taken: less is to be had beyond the other. So a firm
has one choice in each branch, and no other is valued or trained there.

Axes: B rows, E productivities, D moves, R branches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmChoice, FirmState

MOVES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Signs of (capital, labor): up, down or kept."""
DIGITS = tuple((abs(capital), abs(labor)) for capital, labor in MOVES)
TIE = 1e-4  # marginal utility by which a branch that a target calls for counts as better


class BranchChoices(NamedTuple):
    """choice: k' and n in each branch, in the order of BRANCHES; rises: whether each goes to its target above.

    [B, E, R] each; rises is a pair, of capital and of labor, and means nothing where a branch keeps that stock.
    """

    choice: FirmChoice
    rises: tuple[tf.Tensor, tf.Tensor]


def branch_choices(kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice) -> BranchChoices:
    """What firms choose in each branch: the targets on their side.

    Args:
      kept: k' and n of firms that keep what they have, [B, E] each.
      choice: targets of the moves, [B, E, D].
    """
    levels, rises = [], []
    for which in (0, 1):
        rising = [_rises(which, other, kept, choice) for other in (0, 1)]
        toward = [_toward(which, other, kept, choice) for other in (0, 1)]
        levels.append([toward[digits[1 - which]] if digits[which] else kept[which] for digits in BRANCHES])
        rises.append([rising[digits[1 - which]] for digits in BRANCHES])
    one = tf.ones_like(kept[0])[..., None]
    digits = (one * tf.constant(column, one.dtype) for column in np.transpose(BRANCHES))
    return BranchChoices(FirmChoice(*(tf.stack(x, -1) for x in levels), *digits), tuple(tf.stack(x, -1) for x in rises))


def policy_objective(
    model: BranchingFirms,
    firm: FirmState,
    branches: BranchChoices,
    aggregate: tf.Tensor,
    price: tf.Tensor,
    carried: tf.Tensor,
) -> tf.Tensor:
    """What the targets maximise, up to what does not depend on them: [B, E, R].

    Args:
      model: the economics.
      firm: [B, E, 1] or what broadcasts against it.
      branches: see there.
      aggregate, price: levels, [B].
      carried: beta E V' of the choices, [B, E, R].
    """
    aggregate, price = (x[:, None, None] for x in (aggregate, price))
    choice = branches.choice
    output = model.output(firm.idiosyncratic, firm.capital, choice.labor, aggregate)
    fixed = sum(share * digit for share, digit in zip(model.fixed_costs, choice[2:], strict=True))
    spent = model.labor_disutility(choice.labor)
    costs = model.marginal_capital_cost(price), model.marginal_labor_cost(price)
    for (above, below), level, digit, rises in zip(costs, choice[:2], choice[2:], branches.rises, strict=True):
        spent += digit * tf.where(rises, above, below) * level
    return price * output * (1 - fixed) - spent + carried


def best_branch(
    model: BranchingFirms, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice, worth: tf.Tensor
) -> tf.Tensor:
    """Index of the best branch, [B, E]: by value, and without a fixed cost by whether a target lies ahead.

    Args:
      model, kept, choice: as in `selected_move`.
      worth: R of the choice in each branch, [B, E, R].
    """
    values = tf.unstack(worth, axis=-1)
    for which, share in enumerate(model.fixed_costs):
        if share == 0:
            for other in (0, 1):
                moving, staying = _branch(which, 1, other), _branch(which, 0, other)
                ahead = _ahead(which, other, kept, choice)
                better = tf.maximum(values[moving], values[staying]) + TIE
                values[moving] = tf.where(ahead, better, values[staying] - TIE)
    return tf.argmax(tf.stack(values, -1), -1, tf.int32)


def selected_move(
    model: BranchingFirms, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice, logits: tf.Tensor
) -> FirmChoice:
    """The choice [B, E] of firms that follow the likeliest branch, and without a fixed cost the targets alone.

    Args:
      model: the economics.
      kept, choice: as in `branch_choices`.
      logits: of the branches, [B, E, R].
    """
    digits = _likeliest(logits)
    for which, share in reversed(list(enumerate(model.fixed_costs))):
        if share == 0:
            ahead = [_ahead(which, other, kept, choice) for other in (0, 1)]
            digits[which] = tf.where(digits[1 - which], ahead[1], ahead[0])
    moved = []
    for which in (0, 1):
        alone, joint = (_toward(which, other, kept, choice) for other in (0, 1))
        moved.append(tf.where(digits[which], tf.where(digits[1 - which], joint, alone), kept[which]))
    return FirmChoice(*moved, *(tf.cast(digit, kept[0].dtype) for digit in digits))


def _likeliest(logits: tf.Tensor) -> list[tf.Tensor]:
    digits = tf.gather(tf.constant(BRANCHES), tf.argmax(logits, -1))
    return [digits[..., which] == 1 for which in (0, 1)]


def _branch(which: int, digit: int, other: int) -> int:
    return BRANCHES.index((digit, other) if which == 0 else (other, digit))


def _sides(
    which: int, other: int, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice
) -> tuple[tf.Tensor, tf.Tensor]:
    """Targets above and below of capital (0) or labor (1), [B, E]: alone, or with the other adjusted too."""
    levels = choice[which]
    if not other:
        return tuple(levels[..., MOVES.index((s, 0) if which == 0 else (0, s))] for s in (1, -1))
    rises = _rises(1 - which, 0, kept, choice)
    pairs = [[(s, o) if which == 0 else (o, s) for o in (1, -1)] for s in (1, -1)]
    return tuple(tf.where(rises, *(levels[..., MOVES.index(pair)] for pair in both)) for both in pairs)


def _ahead(which: int, other: int, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice) -> tf.Tensor:
    """Whether what is kept is below the target above or above that below, [B, E]."""
    above, below = _sides(which, other, kept, choice)
    return (kept[which] < above) | (kept[which] > below)


def _rises(which: int, other: int, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice) -> tf.Tensor:
    """Whether the firm's side is below the targets, [B, E]."""
    above, below = _sides(which, other, kept, choice)
    return kept[which] < (above + below) / 2


def _toward(which: int, other: int, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice) -> tf.Tensor:
    """The target on the firm's side, [B, E]."""
    return tf.where(_rises(which, other, kept, choice), *_sides(which, other, kept, choice))
