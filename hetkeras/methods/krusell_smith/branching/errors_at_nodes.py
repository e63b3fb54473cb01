"""Does the value of firms with branches solve its Bellman equation, and are the choices the best?

Both are asked at all nodes of capital and labor, in every aggregate state, at knots of mean capital; there the best
choice is found exactly, given what the solution says that ending the period somewhere is worth. That in turn must be
the discounted mean of its own values. Gaps are relative to the range of V over all points unless said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from hetkeras.compiling import compiled
from hetkeras.contracts.branching_firms import BranchingFirms, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.grid_choice import grid_choice
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram

KNOTS = 10  # of mean capital; as in Yokomoto (2026)
PRICES = (0.99, 1.0, 1.01)  # over the expected price


class NodePolicy(Protocol):
    """Choices, values and continuation values at the nodes of a histogram, as `BranchPolicy`."""

    histogram: JointHistogram

    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """K' and p, [B]."""

    def outlook(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> Any:
        """What choices need beside the price."""

    def choose(self, outlook: Any, price: tf.Tensor) -> FirmChoice:
        """Choices at prices [B]: [B, E, H, L]."""

    def values(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        """V at the expected price, [B, E, H, L]."""

    def continuation(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        """beta E V', [B, E, H, L]."""


class NodeValues(NamedTuple):
    """What firms at the nodes are worth, and what they choose; [K, E, H, L].

    value: V as the solution says; best: of all choices; reached: by the choice of the solution; best_choice and choice.
    """

    value: tf.Tensor
    best: tf.Tensor
    reached: tf.Tensor
    best_choice: FirmChoice
    choice: FirmChoice


def node_values(model: BranchingFirms, judge: NodePolicy, chooser: NodePolicy) -> tf.types.experimental.GenericFunction:
    """Returns a compiled function: aggregate indices [K], mean capital [K], price over the expected one -> NodeValues.

    Args:
      model: the economics.
      judge: says what it is worth to end the period somewhere, and which price is expected.
      chooser: whose choices are judged; its nodes are the judge's.
    """
    places = judge.histogram.capital, judge.histogram.labor
    nodes = tuple(map(tf.constant, places))
    levels = tf.constant(model.idiosyncratic_chain.values[:, None, None])
    firm = FirmState(levels, nodes[0][:, None], nodes[1])

    @compiled
    def measure(index: tf.Tensor, mean_capital: tf.Tensor, factor: tf.Tensor) -> NodeValues:
        price = factor * judge.forecast(index, mean_capital)[1]
        carried = judge.continuation(index, mean_capital)
        aggregate = tf.gather(tf.constant(model.aggregate_chain.values), index)
        best = grid_choice(model, carried, aggregate, price, places)
        digits = best.branch % 2, best.branch // 2
        best_choice = FirmChoice(
            *(tf.gather(*pair) for pair in zip(nodes, (best.capital_next, best.labor), strict=True)),
            *(tf.cast(digit, tf.float64) for digit in digits),
        )
        choice = chooser.choose(chooser.outlook(index, mean_capital), price)
        economy = (tensor[:, None, None, None] for tensor in (aggregate, price))
        reached = model.payoff(firm, choice, *economy)
        reached += judge.histogram.between(carried, choice.capital_next, choice.labor)
        return NodeValues(judge.values(index, mean_capital), best.value, reached, best_choice, choice)

    return measure


class NodeMeasures(NamedTuple):
    """What is compiled to judge a policy by itself.

    values: as `node_values` has it; continuation: mean capital -> distance of continuation values, see
    `continuation_measure`.
    """

    values: tf.types.experimental.GenericFunction
    continuation: Callable[[float], float]

    @classmethod
    def of(cls, model: BranchingFirms, policy: NodePolicy) -> Self:
        return cls(node_values(model, policy, policy), continuation_measure(model, policy))


def branch_errors(
    model: BranchingFirms, policy: NodePolicy, mass: np.ndarray, measures: NodeMeasures | None = None
) -> dict[str, float]:
    """Returns gaps in the Bellman equation and what choices lose against the best ones.

    `value_lost` is in units of V: its mean and 99th percentile over nodes, and its mean over firms; `branch_mismatch`
    is the share of firms, and of nodes, in another branch than the best.

    Args:
      model: the economics.
      policy: of a solution.
      mass: distribution of firms, [E, H, L].
      measures: of that policy; compiled here if None.
    """
    measure, continuation_error = measures or NodeMeasures.of(model, policy)
    knots = np.linspace(*model.mean_capital_bounds, KNOTS)
    between = (knots[:-1] + knots[1:]) / 2
    values, gaps, off, lost, wrong = [], [], [], [], []
    for state in tqdm(range(model.aggregate_chain.num_states), "Bellman equation", leave=False, disable=None):
        for factor in PRICES:
            found = measure(*economies_at(state, knots), tf.constant(factor, tf.float64))
            lost.append((found.best - found.reached).numpy())
            wrong.append(branch_index(found.choice) != branch_index(found.best_choice))
            if factor == 1:
                values.append(found.value.numpy())
                gaps.append((found.best - found.value).numpy())
        found = measure(*economies_at(state, np.append(between, between[-1])), tf.constant(1.0, tf.float64))
        off.append((found.best - found.value).numpy()[:-1])
    gap, loss, scale = np.array(gaps), np.maximum(lost, 0), np.ptp(values)  # choices between nodes can be better
    numbers = {
        "bellman_error_level_mean": np.abs(gap).mean(),
        "bellman_error_level_max": np.abs(gap).max(),
        "bellman_error_mean": np.abs(gap).mean() / scale,
        "bellman_error_max": np.abs(gap).max() / scale,
        "bellman_error_demeaned": np.abs(gap - gap.mean()).mean() / scale,
        "bellman_error_off_grid": np.abs(off).mean() / scale,
        "continuation_error": continuation_error(float(knots.mean())) / scale,
        "value_lost_mean": loss.mean(),
        "value_lost_q99": np.quantile(loss, 0.99),
        "value_lost_firms": (loss.mean((0, 1)) * mass).sum(),
        "branch_mismatch": np.mean(wrong),
        "branch_mismatch_firms": (np.mean(wrong, (0, 1)) * mass).sum(),
    }
    return {name: float(number) for name, number in numbers.items()}


def continuation_measure(model: BranchingFirms, policy: NodePolicy) -> Callable[[float], float]:
    """Returns a function of mean capital: mean distance, in units of V, of continuation values to the discounted mean
    of the policy's own values.
    """
    states = np.arange(model.aggregate_chain.num_states, dtype=np.int32)
    everywhere, own = tf.constant(states), model.idiosyncratic_chain.transitions[model.aggregate_states[1]]
    values, continuation = compiled(policy.values), compiled(policy.continuation)

    def distance(mean_capital: float) -> float:
        at = tf.fill(states.shape, tf.constant(mean_capital, tf.float64))
        following, _ = policy.forecast(everywhere, at)
        carried, gaps = continuation(everywhere, at).numpy(), []
        for state in states:
            tomorrow = values(everywhere, tf.repeat(following[state], len(states))).numpy()
            expected = np.einsum("b,ef,bfhl->ehl", model.aggregate_chain.transition[state], own[state], tomorrow)
            gaps.append(np.abs(model.discount_factor * expected - carried[state]).mean())
        return float(np.mean(gaps))

    return distance


def economies_at(state: int, mean_capital: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    """One aggregate state with each mean capital [K], as tensors."""
    return tf.fill((len(mean_capital),), tf.constant(state, tf.int32)), tf.constant(mean_capital, tf.float64)


def branch_index(choice: FirmChoice) -> np.ndarray:
    """Index into BRANCHES."""
    return np.round(choice.adjusts_capital + 2 * choice.adjusts_labor).astype(int)
