"""Permutation-invariant dynamic programming by Euler residuals (Kahou et al. 2022).

States come from the policy's own paths out of X_0, with resets, or from a fixed set as in the paper.

Which root? The Euler equation has a stable and an explosive one, whose slopes of aggregate dynamics multiply to
1/beta. The squared residual of an affine policy is a parabola in that slope, squared, with its ridge half-way
between the roots, hence at 1/sqrt(beta) > 1 or above. Training starts at steady-state investment, with a small
last layer and a warm-up of the learning rate: there the slope is 1 - depreciation < 1, on the stable side of the
ridge, whatever the calibration. That much is exact for affine policies; for others it is a guide. A penalty that is
zero below 1/sqrt(beta) keeps the slope there, also piecewise (`stability_penalty`), and paths that leave the
neighbourhood of the starting ones begin anew.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.euler_loss import euler_loss
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.signatures import symmetric_solution
from hetkeras.methods.euler_residual.stability_penalty import stability_penalty
from hetkeras.numerics.random_draws import Shocks, uniforms
from hetkeras.solution import Solution
from hetkeras.training.gradient_solver import GradientSolver
from hetkeras.training.loss_output import LossOutput
from hetkeras.training.share import Share

STABILITY_AGENTS = 64  # at least as many agents tell the slope of aggregate dynamics
ADAPTATION_AGENTS = 1_000_000  # agents at most from whom the moments of normalization are taken


class EulerResidual(GradientSolver):
    """Trains a policy on the Euler equation of a symmetric economy.

    Args:
      model: the economics.
      policy: network (agent [..., K, D], industry [..., N, D]) -> [..., K].
      settings: see `EulerSettings`.
      seed: of all draws.
      fixed_states: [P, N, D] to train on instead of own paths, with one draw of the shocks (the paper's way).

    Raises:
      CalibrationError: if one draw is asked to stand for the expectation where it cannot: an agent whose own state
        matters, or fewer than two agents.
    """

    undivided = ""
    visiting_paths = 4  # own paths from which the range of states is exported

    def __init__(
        self,
        model: SymmetricEconomy,
        policy: SymmetricPolicy,
        settings: EulerSettings = EulerSettings(),
        seed: int = 0,
        fixed_states: tf.Tensor | None = None,
    ) -> None:
        self.model, self.policy, self._settings = model, policy, settings
        if settings.idiosyncratic_draws == 1 and (model.policy_state_names or model.num_agents < 2):
            raise CalibrationError(
                "idiosyncratic_draws is 1; expected 2 or more: one draw stands for the expectation only where the "
                "action is common to all agents and there are at least two of them"
            )
        paths = starting_paths(model, seed, settings.batch_size, settings.horizon)
        reached = tf.reshape(paths, (-1, *paths.shape[2:]))
        self.starting_states = reached if fixed_states is None else tf.cast(fixed_states, paths.dtype)
        self._bounds = tf.constant(self._training_bounds(), paths.dtype)  # no constants of a graph: they differ by seed
        policy(model.deciding_agents(paths[0]), paths[0])
        states, agents = self.starting_states.shape[:2]
        policy.adapt(self.starting_states[:: 1 + states * agents // ADAPTATION_AGENTS])
        weights = [variable for network in self.networks for variable in network.trainable_variables]
        super().__init__(weights, settings.num_steps, settings.learning_rate, settings.warmup_steps, seed)
        self.scale = model.typical_cost(reached)
        self.fixed_states = None if fixed_states is None else self.starting_states
        ages = np.random.default_rng(seed).integers(settings.horizon, size=settings.batch_size)
        self.panel = tf.Variable(tf.gather_nd(paths, np.stack([ages, np.arange(settings.batch_size)], 1)))
        self._unit = tf.constant(self.scale, paths.dtype) if fixed_states is None else self.scale

    @property
    def networks(self) -> tuple[SymmetricPolicy, ...]:
        """All that is trained."""
        return (self.policy,)

    @property
    def metric_names(self) -> tuple[str, ...]:
        return (
            "marginal_cost",
            "discounted_return",
            "residual_rms",
            "residual_max",
            "slope_max",
            "paths_out_of_bounds",
        )

    @property
    def constants(self) -> list[keras.Variable]:
        return [variable for network in self.networks for variable in network.non_trainable_variables]

    def training_state(self) -> tf.Variable:
        return self.panel

    def divide(self, share: Share) -> None:
        share.refuse_uneven("batch_size", self._states().shape[0])
        super().divide(share)

    def loss(self) -> tuple[LossOutput, tf.Tensor]:
        model = self.model
        everywhere = self._states()
        state = self.share.of(everywhere)
        action = self.policy(model.deciding_agents(state), state)
        shocks, weights = self._quadrature(everywhere)
        shocks = Shocks(self.share.of(shocks.idiosyncratic, 1), self.share.of(shocks.aggregate, 1))
        output = self._equation(state, action, shocks, weights)
        stability = self._stability(state)
        leaving = {"paths_out_of_bounds": tf.reduce_mean(tf.cast(self._out_of_bounds(state), state.dtype))}
        metrics = {**output.metrics, **stability.metrics, **leaving}
        return LossOutput(output.loss + stability.loss, metrics), action

    def _equation(self, state: tf.Tensor, action: tf.Tensor, shocks: Shocks, weights: tf.Tensor) -> LossOutput:
        """Squared residuals of what is solved, arguments as for `euler_loss`."""
        agents = self._residual_agents(state.shape[1])
        return euler_loss(self.model, self.policy, state, action, shocks, weights, self._unit, agents)

    def advance(self, carried: tf.Tensor) -> None:
        if self.fixed_states is not None:
            return
        batch, dtype = self._settings.batch_size, self.panel.dtype
        shocks = self.model.shocks.sample(self.step_seed(1), batch, self.model.num_agents, dtype)
        restart = uniforms(self.step_seed(2), (batch,)) < self._settings.reset_probability
        restart |= self._out_of_bounds(self.panel.value())
        fresh = self.model.initial_state(self.step_seed(3), batch, dtype)
        moved = self.model.transition(self.panel.value(), carried, shocks)
        self.panel.assign(tf.where(restart[:, None, None], fresh, moved))

    def solution(self) -> Solution:
        return symmetric_solution(
            self.model,
            self.policy,
            [variable.value for variable in self.policy.variables],
            self._visited_ranges(),
            {"seed": self.seed, **self.settings()},
            self.panel.dtype,
        )

    def settings(self) -> dict[str, Any]:
        points = "on_policy" if self.fixed_states is None else f"{self.fixed_states.shape[0]} fixed states"
        return {"method": type(self).__name__, "points": points, **dataclasses.asdict(self._settings)}

    def _visited_ranges(self) -> dict[str, tuple[float, float]]:
        """Range of each state on own paths out of X_0: where the policy may be trusted."""
        states = simulate(self.model, self.policy, self.seed, self.visiting_paths, 2 * self._settings.horizon).numpy()
        lowest, highest = states.min((0, 1, 2)), states.max((0, 1, 2))
        return {name: (float(lowest[d]), float(highest[d])) for d, name in enumerate(self.model.state_names)}

    def broken_state(self) -> str:
        state = self._states()
        action = self.policy(self.model.deciding_agents(state), state)
        shocks, weights = self._quadrature(state)
        for row in range(state.shape[0]):
            here = slice(row, row + 1)
            one = state[here]
            nodes = Shocks(*(part[:, here] for part in shocks))
            if not np.isfinite(self._equation(one, action[here], nodes, weights).loss):
                first = one[0, :, 0]
                return (
                    f"state {row} of the batch, {self.model.state_names[0]} from {float(tf.reduce_min(first)):.6g} to "
                    f"{float(tf.reduce_max(first)):.6g}, {self.model.action_name} {action[row, 0]:.6g}"
                )
        return "no single state of the batch: the loss is finite, its gradient is not"

    def _quadrature(self, state: tf.Tensor) -> tuple[Shocks, tf.Tensor]:
        """The nodes of this step; the same ones in every step on fixed states."""
        seed = self.step_seed(0) if self.fixed_states is None else tf.constant([self.seed, 0])
        nodes, draws = self._settings.aggregate_nodes, self._settings.idiosyncratic_draws
        return self.model.shocks.quadrature(seed, state.shape[0], state.shape[1], nodes, draws, state.dtype)

    def _states(self) -> tf.Tensor:
        if self.fixed_states is None:
            return self.panel.value()
        count = self.fixed_states.shape[0]
        if count <= self._settings.batch_size:
            return self.fixed_states
        draws = uniforms(self.step_seed(4), (self._settings.batch_size,))
        return tf.gather(self.fixed_states, tf.cast(draws * count, tf.int32))

    def _residual_agents(self, num_agents: int) -> tf.Tensor | None:
        if not self.model.policy_state_names:
            return None
        return self._some_agents(num_agents)

    def _some_agents(self, num_agents: int) -> tf.Tensor:
        """Indices of agents far from each other; others in each step."""
        count = min(self._settings.residual_agents, num_agents)
        spread = tf.constant(np.arange(count) * num_agents // count, tf.int32)
        return tf.math.floormod(spread + self.step, num_agents)

    def _stability(self, state: tf.Tensor) -> LossOutput:
        """The penalty under steps of 2 to 10 % of the steady state, up or down."""
        sample = state[:, :: max(1, state.shape[1] // STABILITY_AGENTS)]
        action = self.policy(self.model.deciding_agents(sample), sample)
        draws = self.share.of(uniforms(self.step_seed(5), (self.share.parts * state.shape[0],), state.dtype))
        draws = 2.0 * draws - 1.0
        shift = self.model.steady_state()[0] * (0.08 * draws + 0.02 * tf.sign(draws))
        return stability_penalty(self.model, self.policy, sample, action, shift)

    def _out_of_bounds(self, state: tf.Tensor) -> tf.Tensor:
        lower, upper = tf.unstack(self._bounds)
        return tf.reduce_any((state[..., 0] <= lower) | (state[..., 0] >= upper), -1)

    def _training_bounds(self) -> tuple[float, float]:
        """The range of the starting paths and half as much again on each side, within the model's domain.

        Where actions differ by agent the starting paths do not tell where agents end up: the domain alone binds.
        """
        domain = self.model.state_bounds()
        if self.model.policy_state_names:
            return domain
        low, high = (float(bound(self.starting_states[..., 0])) for bound in (tf.reduce_min, tf.reduce_max))
        return max(domain[0], low - 0.5 * (high - low)), min(domain[1], high + 0.5 * (high - low))


def starting_paths(model: SymmetricEconomy, seed: int, num_paths: int, horizon: int) -> tf.Tensor:
    """Paths from X_0 under steady-state actions, which are known before anything is solved: [T, B, N, D]."""
    return simulate(model, model.steady_policy, seed, num_paths, horizon)
