"""Value functions of firms with branches on grids of capital and labor, linear in mean capital (eq. 44)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.grid_choice import GridChoice, grid_choice
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.mean_capital_knots import MeanCapitalKnots
from hetkeras.methods.krusell_smith.policy_iteration import policy_iteration
from hetkeras.methods.krusell_smith.simulator import Forecast


class GridPlan(NamedTuple):
    """payoff of today and place of (k', n) on the flattened grid of capital and labor, [A, K, E, H, L]."""

    payoff: tf.Tensor
    place: tf.Tensor


class BranchingGrid(tf.Module):
    """V [A, K, E, H, L] at knots of mean capital K and at nodes of k and n_-1, and the Bellman operator on it.

    Args:
      model: the economics.
      rules: what firms expect: aggregate index and mean capital [B] -> (K', p).
      num_mean_capital: knots of mean capital, even in levels.
      dtype: precision of values and choices.
      histogram: the nodes; default: those of the model.
    """

    def __init__(
        self,
        model: BranchingFirms,
        rules: Forecast,
        num_mean_capital: int,
        dtype: tf.DType = tf.float64,
        histogram: JointHistogram | None = None,
    ) -> None:
        super().__init__()
        self.model, self.rules, self.dtype = model, rules, dtype
        self.knots = MeanCapitalKnots(model.mean_capital_bounds, num_mean_capital, dtype)
        self.histogram = histogram or JointHistogram.of(model)
        states = model.aggregate_chain.num_states, num_mean_capital, model.idiosyncratic_chain.num_states
        self.values = tf.Variable(tf.zeros((*states, *self.histogram.shape), dtype), trainable=False)

    @property
    def _nodes(self) -> tuple[np.ndarray, np.ndarray]:
        return self.histogram.capital, self.histogram.labor

    def expected(self, values: tf.Tensor) -> tf.Tensor:
        """E V' over all successors of today's shocks, at every knot of tomorrow's mean capital: [A, K, E, H, L].

        A firm's productivity, like that of all, is drawn with today's regime.
        """
        model, (_, regimes, _) = self.model, self.model.aggregate_states
        idiosyncratic = tf.constant(model.idiosyncratic_chain.transitions[regimes], self.dtype)
        aggregate = tf.constant(model.aggregate_chain.transition, self.dtype)
        return tf.einsum("aef,akfhl->akehl", idiosyncratic, tf.einsum("ab,bkfhl->akfhl", aggregate, values))

    def carried(self, values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """beta E V' of ending with (k', n), tomorrow's mean capital as expected: [A, K, E, H, L]."""
        return self.model.discount_factor * tf.einsum("aij,ajehl->aiehl", weights, self.expected(values))

    def improve(self, values: tf.Tensor, weights: tf.Tensor, price: tf.Tensor) -> tuple[GridPlan, tf.Tensor]:
        """The best plan and what it makes of the values; one aggregate state at a time, which bounds the memory."""
        dtypes = (GridPlan(self.dtype, tf.int32), self.dtype)
        levels = tf.constant(self.model.aggregate_chain.values, self.dtype)

        def one(given: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tuple[GridPlan, tf.Tensor]:
            carried, level, price = given
            level = tf.broadcast_to(level, tf.shape(price))
            chosen = grid_choice(self.model, carried, level, price, self._nodes)
            place = chosen.capital_next * carried.shape[-1] + chosen.labor
            return GridPlan(self._payoff(chosen, level, price), place), chosen.value

        return tf.map_fn(one, (self.carried(values, weights), levels, price), fn_output_signature=dtypes)

    def evaluate(self, values: tf.Tensor, plan: GridPlan, weights: tf.Tensor) -> tf.Tensor:
        """Value of following the plan for one period: [A, K, E, H, L]."""
        rows = (-1, values.shape[-2] * values.shape[-1])
        carried, places = (tf.reshape(each, rows) for each in (self.carried(values, weights), plan.place))
        return plan.payoff + tf.reshape(tf.gather(carried, places, batch_dims=1), values.shape)

    def _payoff(self, chosen: GridChoice, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """Payoff of choices [..., E, H, L] at aggregate productivity and price [...]."""
        model, dtype = self.model, self.dtype
        capital, labor = (tf.constant(nodes, dtype) for nodes in self._nodes)
        firm = FirmState(tf.constant(model.idiosyncratic_chain.values, dtype)[:, None, None], capital[:, None], labor)
        digits = tf.gather(tf.constant(BRANCHES, dtype), chosen.branch)
        choice = FirmChoice(
            tf.gather(capital, chosen.capital_next), tf.gather(labor, chosen.labor), *tf.unstack(digits, axis=-1)
        )
        aggregate, price = (tensor[..., None, None, None] for tensor in (aggregate, price))
        return model.payoff(firm, choice, aggregate, price)

    @compiled
    def iterate(self, sweeps: tf.Tensor, evaluations: tf.Tensor, tolerance: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Policy iteration from the present values, see there.

        Single precision leaves a residual of about 1e-6 of the range of V: ask for no less.

        Returns:
          The largest residual relative to the range of V, and the number of improvements taken.
        """
        weights, price = self.knots.expectations(self.rules, self.model.aggregate_chain.num_states)
        found = policy_iteration(
            self.values.value(),
            lambda values: self.improve(values, weights, price),
            lambda values, plan: self.evaluate(values, plan, weights),
            self.model.discount_factor,
            *(sweeps, evaluations, tolerance),
        )
        self.values.assign(found.values)
        return found.residual, found.improvements
