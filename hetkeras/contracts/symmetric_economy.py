"""The contract that every model of exchangeable agents fulfils: what a solver may ask of the economics.

Axes: B paths or batch, N agents, K agents for which an action is given (1 or N), D states of an agent,
M idiosyncratic shocks of an agent. An action of K = 1 is common to all agents.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Mapping

import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.contracts.steady_state import further_states, symmetric_steady_state
from hetkeras.errors import ShapeError
from hetkeras.numerics.random_draws import Shocks, SymmetricShocks, normals

Policy = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(agent [..., K, D], industry [..., N, D]) -> action [..., K]."""


@dataclasses.dataclass(frozen=True)
class SymmetricEconomy(Calibration, abc.ABC):
    """N exchangeable agents whose optimal action u solves an Euler equation that is linear in tomorrow's margin:

        marginal_cost(s, u) = beta E[ marginal_payoff(s', u') + survival_rate(s', u') marginal_cost(s', u') ].

    The expression in brackets is `euler_integrand`; a model whose Euler equation has another one overrides it. Solved
    forward the equation says that marginal cost is a present value, which is how a solution is proved without knowing
    it: what a unit pays along the policy's own paths must return marginal_cost, and for an explosive root of the
    Euler equation it does not.

    One more unit of the action is one more unit of the agent's first state tomorrow.

    A model with another Euler equation is solved from payoff and transition (method="bellman"): the agent with states x
    takes the industry X and its law of motion as given in v(x, X) = max_u payoff + beta E[v(x', X')].
    """

    # --- names and sizes -------------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def num_agents(self) -> int:
        """N."""

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of an agent's D states, in the order of the last axis; exported inputs bear them."""
        return ("state",)

    @property
    def policy_state_names(self) -> tuple[str, ...]:
        """The states on which an agent's own action depends, given the industry; empty if it is common to all."""
        return self.state_names

    @property
    def action_name(self) -> str:
        """Name of the action; the exported output bears it."""
        return "action"

    @property
    def units(self) -> Mapping[str, str]:
        """Units of each state and of the action, for the metadata."""
        return dict.fromkeys((*self.state_names, self.action_name), "units of the model")

    # --- the economics ---------------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def discount_factor(self) -> float:
        """beta, per period."""

    @abc.abstractmethod
    def payoff(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        """Payoff of a period: [..., K] from agent [..., K, D], state [..., N, D], action [..., K].

        The agent's own states come through `agent`. What it takes as given, such as prices, comes through `state`.
        """

    @abc.abstractmethod
    def transition(self, state: tf.Tensor, action: tf.Tensor, shocks: Shocks) -> tf.Tensor:
        """Returns next period's state [..., N, D] from state [..., N, D], action [..., K] and shocks."""

    @property
    def shocks(self) -> SymmetricShocks:
        """The law of the innovations."""
        return SymmetricShocks()

    def initial_state(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """Draws X_0: [B, N, D].

        The default spreads the first state around the steady state, by a tenth for all agents of a path and half as
        much for each, in logarithms; the further states rest.
        """
        draws = normals(seed, (num_paths, 1 + self.num_agents, 1), dtype)
        first = self.steady_state()[0] * tf.exp(0.1 * draws[:, :1] + 0.05 * draws[:, 1:])
        return tf.concat([first, tf.ones_like(first) * tf.constant(further_states(self), dtype)], -1)

    # --- derived, unless a model knows better ----------------------------------------------------------------
    def marginal_cost(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        """Cost of one more unit of the action: [..., K], arguments as for the payoff."""
        action = tf.broadcast_to(action, tf.shape(agent)[:-1])
        return -_derivative(lambda own: self.payoff(agent, state, own), action)

    def marginal_payoff(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        """Payoff of one more unit of the agent's first state at given prices: [..., K], arguments as for the payoff."""
        return _derivative(lambda own: self.payoff(own, state, action), agent)[..., 0]

    def survival_rate(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        """Share of a unit of the agent's first state that is left tomorrow (1 - depreciation): [..., K].

        The default differentiates the transition of an agent on its own, without shocks. A law of motion in which the
        other agents matter needs an override.
        """
        one = action[..., None]  # K industries of one agent
        return _derivative(
            lambda alone: self.transition(alone, one, self.shocks.zeros(alone))[..., 0], agent[..., None, :]
        )[..., 0, 0]

    def steady_state(self) -> tuple[float, float]:
        """Returns (state, action) of the symmetric economy at rest without shocks: a scale, not a solution.

        Raises:
          CalibrationError: if the Euler equation has no root above zero, or several.
        """
        return symmetric_steady_state(self)

    def steady_policy(self, agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        """The action at rest as a policy, which is known before anything is solved: [..., K]."""
        return tf.fill(tf.shape(agent)[:-1], tf.constant(self.steady_state()[1], industry.dtype))

    def typical_cost(self, state: tf.Tensor) -> float:
        """Mean marginal cost of the action at rest in states [B, N, D]: a scale of residuals."""
        action = tf.fill((1, 1), tf.constant(self.steady_state()[1], state.dtype))
        return float(tf.reduce_mean(tf.abs(self.marginal_cost(state, state, action))))

    def state_bounds(self) -> tuple[float, float]:
        """Range that the first state of an agent cannot leave on any path of an economically valid solution."""
        return 0.0, 20.0 * self.steady_state()[0]

    def euler_integrand(self, next_agent: tf.Tensor, next_state: tf.Tensor, next_action: tf.Tensor) -> tf.Tensor:
        """Return tomorrow on one more unit of the action, which is averaged over shocks: [..., K]."""
        following = (next_agent, next_state, next_action)
        return self.marginal_payoff(*following) + self.survival_rate(*following) * self.marginal_cost(*following)

    def euler_residual(
        self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor, expected_integrand: tf.Tensor
    ) -> tf.Tensor:
        """Returns marginal cost less its discounted expected return: [..., K], in units of the payoff."""
        return self.marginal_cost(agent, state, action) - self.discount_factor * expected_integrand

    def expected_integrand(
        self,
        policy: Policy,
        state: tf.Tensor,
        action: tf.Tensor,
        shocks: Shocks,
        weights: tf.Tensor,
        agents: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Averages the Euler integrand over quadrature nodes: [B, K].

        Args:
          policy: next period's policy.
          state: [B, N, D]; action: [B, K].
          shocks: idiosyncratic [Q, B, N, M], aggregate [Q, B]; weights: [Q].
          agents: indices of the agents wanted when actions differ by agent; None takes all that decide.
        """
        next_state = self.transition(state, action, shocks)
        next_agent = self.deciding_agents(next_state)
        if agents is not None:
            next_agent = tf.gather(next_agent, agents, axis=-2)
        integrand = self.euler_integrand(next_agent, next_state, policy(next_agent, next_state))
        return tf.tensordot(weights, integrand, 1)

    def closed_form(self) -> Policy | None:
        """Returns the exact policy where the calibration has one."""
        return None

    def closed_form_value(self) -> Policy | None:
        """Returns the exact value v(x, X), (agent [..., I, D], industry [..., N, D]) -> [..., I], where it is known."""
        return None

    def reference(self) -> Policy | None:
        """Returns the best policy known without training, exact or nearly so, to measure solutions against."""
        return self.closed_form()

    # --- helpers every model needs ---------------------------------------------------------------------------
    def deciding_agents(self, state: tf.Tensor) -> tf.Tensor:
        """Agents whose actions are needed to move the state: one for all if the action is common, else all N."""
        return state if self.policy_state_names else state[..., :1, :]

    def aggregate_weights(self, state: tf.Tensor) -> tf.Tensor:
        """Weights w of the aggregate mean(w x) that moves prices, x being the first state: [..., N]."""
        return tf.ones_like(state[..., 0])

    def aggregate_slope(self, policy: Policy, state: tf.Tensor, action: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
        """Response of tomorrow's aggregate mean(w x) to today's without shocks, by a secant along x + shift w: [B].

        Args:
          policy: (agent [..., K, D], industry [..., N, D]) -> [..., K].
          state: [B, N, D]; action: policy there, [B, K].
          shift: size of the step of each path, [B], not zero.
        """
        weights, no_shocks = self.aggregate_weights(state), self.shocks.zeros(state)
        first = tf.one_hot(0, state.shape[-1], dtype=state.dtype)
        shifted = state + (shift[:, None] * weights)[..., None] * first
        moved = self.transition(shifted, policy(self.deciding_agents(shifted), shifted), no_shocks)
        response = (moved - self.transition(state, action, no_shocks))[..., 0]
        return tf.reduce_mean(weights * response, -1) / (shift * tf.reduce_mean(tf.square(weights), -1))

    def check_state(self, state: tf.Tensor) -> None:
        """Refuses a state that is not [..., N, D] (N may differ from the calibration's).

        Raises:
          ShapeError: with the shape that came and the one expected.
        """
        if state.shape.rank is None or state.shape.rank < 2 or state.shape[-1] != len(self.state_names):
            raise ShapeError(
                f"{type(self).__name__} got a state of shape {tuple(state.shape)}; expected [..., N, "
                f"{len(self.state_names)}] with the states {', '.join(self.state_names)} on the last axis"
            )


def _derivative(function: Callable[[tf.Tensor], tf.Tensor], point: tf.Tensor) -> tf.Tensor:
    """Derivative of the sum of values by a point, zero where nothing depends on it; elsewhere the point is given."""
    point = tf.identity(point)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(point)
        values = function(point)
    return tape.gradient(values, point, unconnected_gradients=tf.UnconnectedGradients.ZERO)
