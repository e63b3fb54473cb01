"""Value and policy of a symmetric economy from the Bellman equation itself; no Euler equation is needed.

Training states, shocks and the penalty on explosive dynamics are those of `EulerResidual`. The agent x is one of the
industry X, moved a little: the value is to hold for who differs from all others, too.
"""

from __future__ import annotations

import tensorflow as tf

from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.bellman.bellman_loss import BellmanUnits, bellman_loss
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.signatures import symmetric_solution
from hetkeras.methods.euler_residual.solver import EulerResidual, starting_paths
from hetkeras.numerics.random_draws import Shocks, normals
from hetkeras.solution import Solution
from hetkeras.training.loss_output import LossOutput

APART = 0.05  # standard deviation of the logarithm of x / X_i


class BellmanResidual(EulerResidual):
    """Trains v(x, X) and u(x, X) on the Bellman equation, its first-order and its envelope condition.

    Args:
      model: the economics, of which payoff and transition are asked.
      policy: network (agent [..., K, D], industry [..., N, D]) -> [..., K].
      value: network (agent [..., I, D], industry [..., N, D]) -> [..., I], smooth in the agent.
      settings: see `EulerSettings`.
      seed: of all draws.
      fixed_states: as for `EulerResidual`.

    Raises:
      CalibrationError: if one draw is asked to stand for the expectation over an agent's own shock.
    """

    def __init__(
        self,
        model: SymmetricEconomy,
        policy: SymmetricPolicy,
        value: SymmetricPolicy,
        settings: EulerSettings = EulerSettings(idiosyncratic_draws=2),
        seed: int = 0,
        fixed_states: tf.Tensor | None = None,
    ) -> None:
        if settings.idiosyncratic_draws == 1:
            raise CalibrationError(
                "idiosyncratic_draws is 1; expected 2 or more: a value depends on an agent's own state, so that one "
                "draw of its shock does not stand for the expectation"
            )
        self.value = value
        reached = starting_paths(model, seed, settings.batch_size, settings.horizon)
        reached = tf.reshape(reached, (-1, *reached.shape[2:]))
        value(reached[:1, :1], reached[:1])
        value.adapt(reached[:: max(1, reached.shape[0] // 1024)])
        super().__init__(model, policy, settings, seed, fixed_states)
        self.units = bellman_units(model, reached)

    @property
    def networks(self) -> tuple[SymmetricPolicy, ...]:
        return self.policy, self.value

    @property
    def metric_names(self) -> tuple[str, ...]:
        names = ("value", "bellman_rms", "first_order_rms", "envelope_rms")
        return (*names, "slope_max", "paths_out_of_bounds")

    def solution(self) -> Solution:
        return symmetric_solution(
            self.model,
            self.policy,
            [variable.value for network in self.networks for variable in network.variables],
            self._visited_ranges(),
            {"seed": self.seed, **self.settings()},
            self.panel.dtype,
            self.value,
        )

    def advance(self, carried: tf.Tensor) -> None:
        """As in `EulerResidual`, and paths that have left the domain begin anew before a payoff is taken there."""
        super().advance(carried)
        if self.fixed_states is not None:
            return
        fresh = self.model.initial_state(self.step_seed(7), self._settings.batch_size, self.panel.dtype)
        outside = self._out_of_bounds(self.panel.value())
        self.panel.assign(tf.where(outside[:, None, None], fresh, self.panel.value()))

    def _equation(self, state: tf.Tensor, action: tf.Tensor, shocks: Shocks, weights: tf.Tensor) -> LossOutput:
        agents = self._some_agents(state.shape[1])
        agent = self._apart(tf.gather(state, agents, axis=1))
        own = Shocks(tf.gather(shocks.idiosyncratic, agents, axis=2), shocks.aggregate)
        next_state = self.model.transition(state, action, shocks)
        return bellman_loss(self.model, self.value, self.policy, agent, state, next_state, own, weights, self.units)

    def _apart(self, agent: tf.Tensor) -> tf.Tensor:
        """Agents [B, I, D] whose first states are a little off those of the industry."""
        draws = normals(self.step_seed(6), (self.share.parts * agent.shape[0], agent.shape[1], 1), agent.dtype)
        first = tf.one_hot(0, agent.shape[2], dtype=agent.dtype)
        return agent * tf.exp(APART * self.share.of(draws) * first)


def bellman_units(model: SymmetricEconomy, state: tf.Tensor) -> BellmanUnits:
    """Sizes at the action at rest in states [B, N, D].

    An error of one per cent of a slope leaves a residual of one per cent of what a unit is paid in a period.
    """
    action = tf.fill((1, 1), tf.constant(model.steady_state()[1], state.dtype))
    payoff = tf.reduce_mean(tf.abs(model.payoff(state, state, action)))
    cost = tf.constant(model.typical_cost(state), state.dtype)
    paid = tf.reduce_mean(tf.abs(model.marginal_payoff(state, state, action)))
    paid = tf.maximum(paid, (1 - model.discount_factor) * cost)
    spread = tf.math.reduce_std(tf.reshape(state, (-1, state.shape[-1])), 0)
    return BellmanUnits(payoff, paid * spread[0] / tf.where(spread > 0, spread, spread[0]), cost)
