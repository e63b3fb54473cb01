"""Where firms go in each branch: up or down from what they keep, one target for each (Yokomoto 2026, section 3.2).

Beyond a fixed cost, costs are linear on either side of what is kept. A firm that is free to move therefore goes up to
one target if it has less, down to another if it has more, and in between stays: the targets do not depend on what it
has, so that networks learn smooth functions, and without a fixed cost they alone say who adjusts. To compare values
would bias such firms towards staying: what a small move gains is less than what a small error of the target loses.

Axes: B rows, E productivities, D moves.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmChoice, FirmState

MOVES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Signs of (capital, labor): up, down or kept."""
DIGITS = tuple((abs(capital), abs(labor)) for capital, labor in MOVES)
BRANCH = tuple(BRANCHES.index(digits) for digits in DIGITS)
TIE = 1e-4  # marginal utility by which a branch that a target calls for counts as better


def policy_objective(
    model: BranchingFirms,
    firm: FirmState,
    choice: FirmChoice,
    aggregate: tf.Tensor,
    price: tf.Tensor,
    carried: tf.Tensor,
) -> tf.Tensor:
    """What the targets maximise, up to what does not depend on them: [B, E, D].

    Args:
      model: the economics.
      firm: [B, E, 1] or what broadcasts against it.
      choice: targets of the moves, [B, E, D].
      aggregate, price: levels, [B].
      carried: beta E V' there, [B, E, D].
    """
    aggregate, price = (x[:, None, None] for x in (aggregate, price))
    output = model.output(firm.idiosyncratic, firm.capital, choice.labor, aggregate)
    fixed = sum(share * digit for share, digit in zip(model.fixed_costs, choice[2:], strict=True))
    spent = -model.labor_disutility(choice.labor)
    slopes = model.marginal_capital_cost(price), model.marginal_labor_cost(price)
    for (above, below), level, sign in zip(slopes, choice[:2], np.transpose(MOVES), strict=True):
        spent -= tf.where(sign > 0, above, tf.where(sign < 0, below, 0.0)) * level
    return price * output * (1 - fixed) + spent + carried


def best_branch(
    model: BranchingFirms, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice, worth: tf.Tensor
) -> tf.Tensor:
    """Index of the best branch, [B, E]: by value, and without a fixed cost by whether a target lies ahead.

    Args:
      model: the economics.
      kept: k' and n of firms that keep what they have, [B, E] each.
      choice: targets of the moves, [B, E, D].
      worth: R of keeping both, then of the moves, [B, E, 1 + D].
    """
    values = [tf.reduce_max(tf.gather(worth, places, axis=-1), -1) for places in _places()]
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
      model, kept, choice: as in `best_branch`.
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


def _places() -> list[list[int]]:
    """Places in [keeping, *MOVES] of what each branch may do."""
    return [[0], *([1 + move for move, b in enumerate(BRANCH) if b == branch] for branch in range(1, len(BRANCHES)))]


def _branch(which: int, digit: int, other: int) -> int:
    return BRANCHES.index((digit, other) if which == 0 else (other, digit))


def _sides(
    which: int, other: int, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice
) -> tuple[tf.Tensor, tf.Tensor]:
    """Targets above and below of capital (0) or labor (1), [B, E]: alone, or with the other adjusted too."""
    levels = choice[which]
    if not other:
        return tuple(levels[..., MOVES.index((s, 0) if which == 0 else (0, s))] for s in (1, -1))
    alone = _sides(1 - which, 0, kept, choice)
    rising = kept[1 - which] < (alone[0] + alone[1]) / 2
    pairs = [[(s, o) if which == 0 else (o, s) for o in (1, -1)] for s in (1, -1)]
    return tuple(tf.where(rising, *(levels[..., MOVES.index(pair)] for pair in both)) for both in pairs)


def _ahead(which: int, other: int, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice) -> tf.Tensor:
    """Whether what is kept is below the target above or above that below, [B, E]."""
    above, below = _sides(which, other, kept, choice)
    return (kept[which] < above) | (kept[which] > below)


def _toward(which: int, other: int, kept: tuple[tf.Tensor, tf.Tensor], choice: FirmChoice) -> tf.Tensor:
    """The target on the firm's side, [B, E]."""
    above, below = _sides(which, other, kept, choice)
    return tf.where(kept[which] < (above + below) / 2, above, below)
