"""Networks for the value and the choices of firms with branches, and the two losses that train them.

The continuous policy gives the targets of all moves, the discrete policy tells which branch is best, both at any price;
the value chases the best move in level and slope (Yokomoto 2026, section 3.2). All give all productivities of the firm
at once. Axes: B rows, E productivities, D moves, R branches, H and L nodes of capital and labor.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmChoice, FirmState
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.continuous_policy import ContinuousPolicy
from hetkeras.layers.discrete_policy import DiscretePolicy
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.losses import branch_choice_loss
from hetkeras.methods.krusell_smith.branching.method import BranchingMethod
from hetkeras.methods.krusell_smith.branching.moves import (
    DIGITS,
    MOVES,
    BranchChoices,
    best_branch,
    branch_choices,
    policy_objective,
    selected_move,
)
from hetkeras.methods.krusell_smith.branching.node_rows import over_rows
from hetkeras.methods.krusell_smith.branching.samples import BranchOutlook, BranchSample, paired
from hetkeras.methods.krusell_smith.branching.value_network import BranchValue
from hetkeras.methods.krusell_smith.losses import bellman_loss, slope_loss
from hetkeras.methods.krusell_smith.networks import KrusellSmithNetworks
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.training.loss_output import LossOutput

TARGET_RATE = 0.05  # of soft updates
SLOPES = 1.0  # weight of the gap in slopes beside that in levels
SHIFT_RATE = 0.05  # share of the mean Bellman gap that the level makes up for, in a step, as if it lasted for ever


class Evaluation(NamedTuple):
    """targets: of all moves, [B, E, D]; branches: choices in each; carried: beta E V'; worth: R; [B, E, R]."""

    targets: FirmChoice
    branches: BranchChoices
    carried: tf.Tensor
    worth: tf.Tensor


class ValueTargets(NamedTuple):
    """level: of the best move, [B, E]; slopes: its derivatives in the logs of k and n_-1, [2, B, E]."""

    level: tf.Tensor
    slopes: tf.Tensor


class BranchNetworks(KrusellSmithNetworks, BranchingMethod):
    """Value, continuous and discrete policy.

    Args:
      model: the economics.
      rules: what firms expect; their updates are seen at once.
      hidden: widths of the value's hidden layers.
      policy_hidden: widths of those of either policy.
      price_noise: relative distance of prices to the expected one for which choices are trained.
      waves: cosines that all of them see of capital and of labor, see `BranchFeatures`.
      histogram: nodes of the simulation; default: those of the model.
    """

    policy_metrics = ("reached", "cross_entropy", "branch_agreement")

    def __init__(
        self,
        model: BranchingFirms,
        rules: ForecastRules,
        hidden: tuple[int, ...] = (128, 128),
        policy_hidden: tuple[int, ...] = (96, 96),
        price_noise: float = 0.07,
        waves: int = 8,
        histogram: JointHistogram | None = None,
    ) -> None:
        super().__init__(rules)
        self.model, self.histogram, self._noise = model, histogram or JointHistogram.of(model), price_noise
        middle = tf.constant(np.mean(model.mean_capital_bounds))
        price = float(tf.reduce_mean(rules(tf.range(model.aggregate_chain.num_states), middle)[1]))
        self.value = BranchValue(model, hidden, price, waves)
        states = model.idiosyncratic_chain.num_states
        heads = tuple(_head(nodes) for nodes in (model.capital_nodes, model.labor_nodes))
        inputs = (None, len(self.value.features.centre) + 1 + self._economy().shape[-1])
        self.continuous = ContinuousPolicy(DIGITS * states, heads, policy_hidden, "tanh")
        self.continuous.build(inputs)
        self.discrete = DiscretePolicy(len(BRANCHES) * states, policy_hidden, "tanh")
        self.discrete.build(inputs)

    @property
    def value_weights(self) -> list[keras.Variable]:
        return self.value.fast.trainable_variables

    @property
    def policy_weights(self) -> list[keras.Variable]:
        return [*self.continuous.trainable_variables, *self.discrete.trainable_variables]

    @property
    def slow_weights(self) -> list[keras.Variable]:
        scaling = (*self.continuous.non_trainable_variables, *self.discrete.non_trainable_variables)
        return [*self.value.slow.trainable_variables, *scaling, self.value.level]

    @property
    def value_metrics(self) -> tuple[str, ...]:
        return "bellman_gap", "slope_gap", "level_shift"

    def follow(self, metrics: dict[str, tf.Tensor]) -> None:
        self.value.follow(TARGET_RATE, SHIFT_RATE / (1 - self.model.discount_factor) * metrics["level_shift"])

    # --- losses ----------------------------------------------------------------------------------------------
    def value_targets(self, sample: BranchSample) -> ValueTargets:
        half = sample.at_expected_price
        found = self.evaluate(half)
        best = tf.argmax(found.worth, -1, tf.int32)
        chosen = FirmChoice(*(tf.gather(x, best, axis=-1, batch_dims=2) for x in found.branches.choice))
        return ValueTargets(tf.reduce_max(found.worth, -1), self._target_slopes(half, chosen))

    def value_fit(self, sample: BranchSample, targets: ValueTargets) -> LossOutput:
        half, best = sample.at_expected_price, targets.level
        place = half.aggregate, half.mean_capital, half.capital, half.lagged_labor
        values = self.value(*place)
        levels = bellman_loss(values, best)
        slopes = slope_loss(tf.stack(self.value.slopes(*place)), targets.slopes)
        metrics = {**levels.metrics, **slopes.metrics, "level_shift": tf.reduce_mean(best - values)}
        return LossOutput(levels.loss + SLOPES * slopes.loss, metrics)

    def _target_slopes(self, sample: BranchSample, chosen: FirmChoice) -> tf.Tensor:
        """Derivatives of the best move's value in the logs of k and n_-1, [2, B, E], by the envelope theorem.

        What is adjusted counts as given; what is kept moves with what the firm has.
        """
        model = self.model
        following, price = self.rules(sample.aggregate, sample.mean_capital)
        expectation = self.value.expectation(slow=True)
        worth = self.value.carried_slopes(expectation, sample.aggregate, following, *chosen[:2])
        own = [tf.ones_like(chosen.labor) * x[:, None] for x in (sample.capital, sample.lagged_labor)]
        levels = tf.constant(model.idiosyncratic_chain.values, price.dtype)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(own)
            kept = model.kept_capital(own[0]), model.kept_labor(own[1])
            pairs = zip(chosen[2:], chosen[:2], kept, strict=True)
            capital, labor = (tf.where(digit == 1, tf.stop_gradient(x), keep) for digit, x, keep in pairs)
            choice = chosen._replace(capital_next=capital, labor=labor)
            payoff = model.payoff(FirmState(levels, *own), choice, self._level(sample)[:, None], price[:, None])
            total = payoff + sum(tf.stop_gradient(w) * x for w, x in zip(worth, (capital, labor), strict=True))
        return tf.stack([slope * x for slope, x in zip(tape.gradient(total, own), own, strict=True)])

    def policy_fit(self, sample: BranchSample, targets: Any) -> LossOutput:
        del targets
        found = self.evaluate(sample)
        price = self.rules(sample.aggregate, sample.mean_capital)[1] * (1 + sample.noise)
        reached = policy_objective(
            self.model, self._firm(sample), found.branches, self._level(sample), price, found.carried
        )
        best = best_branch(self.model, self._kept(sample), found.targets, found.worth)
        return branch_choice_loss(reached[..., 1:], self._logits(self._inputs(sample)), best)

    def evaluate(self, sample: BranchSample) -> Evaluation:
        """The choices in all branches and what they are worth by the target network."""
        model, targets = self.model, self.targets(sample)
        following, price = self.rules(sample.aggregate, sample.mean_capital)
        branches = branch_choices(self._kept(sample), targets)
        capital, labor = branches.choice[:2]
        place = self.value.expectation(slow=True), True, sample.aggregate, following
        parts = (slice(1), slice(1)), (slice(None), slice(1, None))  # what is kept is the same for all productivities
        carried = tf.concat([self.value.carried(*place, capital[:, e, r], labor[:, e, r]) for e, r in parts], -1)
        price = price * (1 + sample.noise)
        economy = (x[:, None, None] for x in (self._level(sample), price))
        payoff = model.payoff(self._firm(sample), branches.choice, *economy)
        return Evaluation(targets, branches, carried, payoff + carried)

    # --- choices ---------------------------------------------------------------------------------------------
    def targets(self, sample: BranchSample) -> FirmChoice:
        """(k', n) of every move, [B, E, D]; what a move keeps is kept to the bit."""
        kept = tf.stack(self._kept(sample), -1)[:, :1]  # [B, 1, 2]
        raw = self.continuous(self._inputs(sample), tf.math.log(kept[:, 0]))  # [B, E D, 2]
        logs = tf.reshape(raw, (-1, self.model.idiosyncratic_chain.num_states, len(MOVES), 2))
        digits = tf.constant(DIGITS, logs.dtype)
        moved = tf.where(digits == 1, tf.exp(logs), kept[:, :, None])
        return FirmChoice(moved[..., 0], moved[..., 1], digits[:, 0], digits[:, 1])

    def choose_branch(self, sample: BranchSample) -> tuple[tf.Tensor, FirmChoice]:
        """Logits [B, E, R] and the choice that is made [B, E]."""
        logits = self._logits(self._inputs(sample))
        return logits, selected_move(self.model, self._kept(sample), self.targets(sample), logits)

    def _kept(self, sample: BranchSample) -> tuple[tf.Tensor, tf.Tensor]:
        """k' and n of firms that adjust neither, [B, E]."""
        kept = self.model.kept_capital(sample.capital), self.model.kept_labor(sample.lagged_labor)
        return tuple(tf.repeat(x[:, None], self.model.idiosyncratic_chain.num_states, 1) for x in kept)

    def _level(self, sample: BranchSample) -> tf.Tensor:
        """Aggregate productivity, [B]."""
        return tf.gather(tf.constant(self.model.aggregate_chain.values, sample.capital.dtype), sample.aggregate)

    def _logits(self, inputs: tf.Tensor) -> tf.Tensor:
        logits = self.discrete.logits(inputs)
        return tf.reshape(logits, (-1, self.model.idiosyncratic_chain.num_states, len(BRANCHES)))

    def _inputs(self, sample: BranchSample) -> tf.Tensor:
        """Features of both policies, [B, F], about one in size.

        They too see waves: with one choice kept, the target of the other jumps where the first would move next period.
        """
        dtype, features = sample.capital.dtype, self.value.features
        firm = features(sample.mean_capital, sample.capital, sample.lagged_labor)
        firm = (firm - tf.constant(features.centre, dtype)) / tf.constant(features.scale, dtype)
        economy = tf.gather(tf.constant(self._economy(), dtype), sample.aggregate)
        return tf.concat([firm, 2 * sample.noise[:, None] / self._noise, economy], -1)

    def _economy(self) -> np.ndarray:
        """Features of the aggregate states, [A, 3]."""
        logs, (_, *regimes) = np.log(self.model.aggregate_chain.values), self.model.aggregate_states
        return np.stack([logs / np.abs(logs).max(), *(2.0 * regime - 1 for regime in regimes)], -1)

    def _firm(self, sample: BranchSample) -> FirmState:
        levels = tf.constant(self.model.idiosyncratic_chain.values, sample.capital.dtype)
        return FirmState(levels[:, None], sample.capital[:, None, None], sample.lagged_labor[:, None, None])

    # --- what simulation and export ask ----------------------------------------------------------------------
    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return self.rules(aggregate, mean_capital)

    def outlook(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, inhabited: tf.Tensor | None = None
    ) -> BranchOutlook:
        return BranchOutlook(aggregate, mean_capital, inhabited)

    def choose(self, outlook: BranchOutlook, price: tf.Tensor) -> FirmChoice:
        noise = price / self.forecast(outlook.aggregate, outlook.mean_capital)[1] - 1

        def choices(capital: tf.Tensor, labor: tf.Tensor) -> FirmChoice:
            return self.choose_branch(paired(outlook, noise, capital, labor))[1]

        return over_rows(self.model, self.histogram, choices, tf.shape(price)[0], outlook.inhabited)

    def choose_firms(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, price: tf.Tensor, firm: FirmState
    ) -> tuple[tf.Tensor, FirmChoice]:
        noise = price / self.forecast(aggregate, mean_capital)[1] - 1
        single = (tf.cast(x, tf.float32) for x in (mean_capital, firm.capital, firm.lagged_labor, noise))
        logits, choice = self.choose_branch(BranchSample(aggregate, *single))
        own = self.model.idiosyncratic_index(firm.idiosyncratic)
        kept = self.model.kept_capital(firm.capital), self.model.kept_labor(firm.lagged_labor)
        logits, *parts = (tf.gather(x, own, axis=1, batch_dims=1) for x in (logits, *choice))
        capital, labor, *digits = (tf.cast(x, price.dtype) for x in parts)
        levels = (tf.where(d == 1, x, k) for d, x, k in zip(digits, (capital, labor), kept, strict=True))
        return tf.cast(tf.nn.softmax(logits), price.dtype), FirmChoice(*levels, *digits)

    def worth(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, firm: FirmState) -> tf.Tensor:
        single = (tf.cast(x, tf.float32) for x in (mean_capital, firm.capital, firm.lagged_labor))
        own = self.model.idiosyncratic_index(firm.idiosyncratic)
        found = tf.gather(self.value(aggregate, *single), own, axis=1, batch_dims=1)
        return tf.cast(found, mean_capital.dtype)

    def values(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        def one(economy: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
            index, mean = (x[None] for x in economy)
            sample = paired(BranchOutlook(index, mean, None), tf.zeros(1), *self.histogram.pairs())
            return self.value(sample.aggregate, sample.mean_capital, sample.capital, sample.lagged_labor)

        return self._at_nodes(tf.map_fn(one, (aggregate, mean_capital), fn_output_signature=tf.float32))

    def continuation(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        expectation = self.value.expectation(slow=False)
        following = tf.cast(self.forecast(aggregate, mean_capital)[0], tf.float32)

        def one(economy: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
            index, ahead = (x[None] for x in economy)
            capital, labor = (x[None, None] for x in self.histogram.pairs())
            return tf.transpose(self.value.carried(expectation, False, index, ahead, capital, labor)[0])

        return self._at_nodes(tf.map_fn(one, (aggregate, following), fn_output_signature=tf.float32))

    def _at_nodes(self, values: tf.Tensor) -> tf.Tensor:
        """[B, H L, E] -> [B, E, H, L], float64."""
        turned = tf.cast(tf.transpose(values, (0, 2, 1)), tf.float64)
        return tf.reshape(turned, (-1, turned.shape[1], *self.histogram.shape))


def _head(nodes: np.ndarray) -> BoundedOutput:
    """A choice in logs between the ends of its nodes."""
    low, high = (float(end) for end in np.log(nodes[[0, -1]]))
    return BoundedOutput((low + high) / 2, (high - low) / 2, low, high)
