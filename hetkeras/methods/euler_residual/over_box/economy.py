"""A symmetric economy whose parameters theta are states that rest, so that one policy answers for a box of them.

The equations are those of the model itself, evaluated at each row with fields that are tensors. What is drawn before
anything is solved (X_0, the steady state and the linear policy around it) comes from models that are built and checked
as any other, at CALIBRATIONS points of the box; in between it is a polynomial. These are where training starts.

Axes: as in `SymmetricEconomy`; P parameters; an agent's D states come first, the parameters behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.box import Box, at, with_tensors
from hetkeras.contracts.steady_state import symmetric_states
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.methods.euler_residual.over_box.linear import linear_slopes
from hetkeras.methods.euler_residual.over_box.sound import refuse_other_equations, refuse_unvarying
from hetkeras.methods.euler_residual.over_box.tensors import values_of
from hetkeras.numerics.box_polynomial import BoxPolynomial, Places
from hetkeras.numerics.random_draws import Shocks, SymmetricShocks, uniforms

CALIBRATIONS = 256  # at which models are built
AT_CORNERS = 0.2  # share of paths that are drawn at corners on top
SAMPLE = 3  # of these, whose equations are compared with those of the box
SMALLEST = 1e-12  # marginal cost at rest that still is a unit
RANKS = {"agent": 2, "state": 2, "action": 1, "idiosyncratic": 2, "aggregate": 0, "expected": 1}
"""Axes of one row of each argument."""


class EconomyOverBox(SymmetricEconomy):
    """The economies of a box as one.

    Payoffs and margins are in units of the marginal cost at rest, so that all calibrations weigh alike.

    Args:
      model: with the calibration of what does not vary.
      over: the box.
      seed: of the calibrations at which models are built, and of X_0.
      calibrations: at which models are built, beside the corners.

    Raises:
      CalibrationError: if the model cannot be calibrated or has no steady state somewhere in the box, or uses a field
        of it outside TensorFlow.
    """

    def __init__(self, model: SymmetricEconomy, over: Box, seed: int = 0, calibrations: int = CALIBRATIONS) -> None:
        self.model, self.over, self.places = model, over, Places(over.low, over.high, over.in_logs)
        self._theta = np.concatenate([over.corners(), over.spread(calibrations, seed)])  # [G, P]
        models = [at(model, over, theta) for theta in self._theta]
        refuse_unvarying(model, over.names, models)
        known = [_before_solving(each, seed, g) for g, each in enumerate(models)]
        rests, bounds, starts = (np.array(part) for part in zip(*known, strict=True))
        self._rest = float(np.median(rests[:, 0])), float(np.median(rests[:, 1]))
        self._bounds, self._starts = bounds, tf.constant(starts)  # [G, 2], [G, N, D]
        self._largest_discount_factor = max(each.discount_factor for each in models)
        self._log_cost = BoxPolynomial(self.places, self._theta, self._log_costs(rests))
        slopes = linear_slopes(self, self._rows_at(rests[:, 0]), rests)
        self._linear = BoxPolynomial(self.places, self._theta, np.concatenate([rests, slopes[:, None]], 1))
        refuse_other_equations(self, models[:: 1 + len(models) // SAMPLE], self._theta[:: 1 + len(models) // SAMPLE])

    # --- names and sizes -------------------------------------------------------------------------------------
    @property
    def num_agents(self) -> int:
        return self.model.num_agents

    @property
    def state_names(self) -> tuple[str, ...]:
        return (*self.model.state_names, *self.over.names)

    @property
    def policy_state_names(self) -> tuple[str, ...]:
        return self.model.policy_state_names

    @property
    def action_name(self) -> str:
        return self.model.action_name

    @property
    def units(self) -> Mapping[str, str]:
        return {**self.model.units, **dict.fromkeys(self.over.names, f"as {type(self.model).__name__} has it")}

    # --- the economics ---------------------------------------------------------------------------------------
    @property
    def discount_factor(self) -> float:
        """The largest of the box; the equations take each calibration's own."""
        return self._largest_discount_factor

    @property
    def shocks(self) -> SymmetricShocks:
        return self.model.shocks

    def initial_state(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """X_0 of calibrations drawn at random, the corners of the box more often: nothing beyond helps them."""
        count, corners = len(self._theta), 2 ** len(self.over.names)
        drawn = tf.cast(uniforms(seed, (num_paths,)) * count / (1 - AT_CORNERS), tf.int32)
        which = tf.where(drawn < count, drawn, drawn % corners)
        theta = tf.gather(tf.constant(self._theta, dtype), which)
        return self.joined(tf.cast(tf.gather(self._starts, which), dtype), theta)

    def transition(self, state: tf.Tensor, action: tf.Tensor, shocks: Shocks) -> tf.Tensor:
        self.check_state(state)
        arguments = {"state": state, "action": action, **shocks._asdict()}

        def moved(model: SymmetricEconomy, rows: dict[str, tf.Tensor]) -> tf.Tensor:
            return model.transition(rows["state"], rows["action"], Shocks(rows["idiosyncratic"], rows["aggregate"]))

        return self.joined(*self._each(moved, arguments))

    def payoff(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        return self._in_costs("payoff", agent, state, action)

    def marginal_cost(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        return self._in_costs("marginal_cost", agent, state, action)

    def marginal_payoff(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        return self._in_costs("marginal_payoff", agent, state, action)

    def euler_integrand(self, next_agent: tf.Tensor, next_state: tf.Tensor, next_action: tf.Tensor) -> tf.Tensor:
        return self._in_costs("euler_integrand", next_agent, next_state, next_action)

    def survival_rate(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        return self._each(_member("survival_rate"), {"agent": agent, "state": state, "action": action})[0]

    def euler_residual(
        self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor, expected_integrand: tf.Tensor
    ) -> tf.Tensor:
        """As in the contract; the expected integrand comes, and the residual goes, in units of the cost at rest."""
        unit = self.cost_at_rest(state)
        arguments = {"agent": agent, "state": state, "action": action, "expected": expected_integrand * unit}
        return self._each(_member("euler_residual"), arguments)[0] / unit

    def aggregate_weights(self, state: tf.Tensor) -> tf.Tensor:
        return self._each(lambda model, rows: model.aggregate_weights(rows["state"]), {"state": state})[0]

    def steady_state(self) -> tuple[float, float]:
        """State and action at rest, medians over the box."""
        return self._rest

    def steady_policy(self, agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        action = self.linear(self.theta(industry))[..., 1:2]
        return tf.broadcast_to(action, tf.shape(agent)[:-1])

    def typical_cost(self, state: tf.Tensor) -> float:
        """One, the unit of payoffs."""
        return 1.0

    def state_bounds(self) -> tuple[float, float]:
        """The widest of the box."""
        return float(self._bounds[:, 0].min()), float(self._bounds[:, 1].max())

    # --- parameters ------------------------------------------------------------------------------------------
    def theta(self, state: tf.Tensor) -> tf.Tensor:
        """The parameters [..., P] of states [..., N, D + P]."""
        return state[..., 0, len(self.model.state_names) :]

    def joined(self, state: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """States [..., N, D + P] of an economy's own [..., N, D] and the parameters [..., P]."""
        shape = tf.concat([tf.shape(state)[:-1], tf.shape(theta)[-1:]], 0)
        return tf.concat([state, tf.broadcast_to(theta[..., None, :], shape)], -1)

    def linear(self, theta: tf.Tensor) -> tf.Tensor:
        """State and action at rest, and the slope of the action there, [..., 3] of parameters [..., P]."""
        return values_of(self._linear, theta)

    def cost_at_rest(self, state: tf.Tensor) -> tf.Tensor:
        """Marginal cost at rest, [..., 1] of states [..., N, D + P]: the unit of payoffs."""
        return tf.exp(values_of(self._log_cost, self.theta(state)))

    def _log_costs(self, rests: np.ndarray) -> np.ndarray:
        """Logarithm of marginal cost at rest, [G, 1] of states and actions [G, 2]."""
        state = self._rows_at(rests[:, 0])
        agent = self.deciding_agents(state)
        action = tf.constant(rests[:, 1:]) + tf.zeros(agent.shape[:-1], state.dtype)
        cost = self._each(_member("marginal_cost"), {"agent": agent, "state": state, "action": action})[0]
        return np.log(np.maximum(np.mean(np.abs(cost), -1, keepdims=True), SMALLEST))

    def _rows_at(self, first: np.ndarray) -> tf.Tensor:
        """One state for each calibration, with first states [G] and the further ones at rest: [G, N, D + P]."""
        return self.joined(symmetric_states(self.model, first), tf.constant(self._theta))

    def _in_costs(self, name: str, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        arguments = {"agent": agent, "state": state, "action": action}
        return self._each(_member(name), arguments)[0] / self.cost_at_rest(state)

    def _each(
        self, member: Callable[[SymmetricEconomy, dict[str, tf.Tensor]], tf.Tensor], arguments: Mapping[str, tf.Tensor]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Asks the model of each row; leading axes broadcast.

        Returns:
          What it gives, [..., *rest], and the parameters, [..., P].
        """
        leads = [tf.shape(part)[: part.shape.rank - RANKS[name]] for name, part in arguments.items()]
        lead = leads[0]
        for other in leads[1:]:
            lead = tf.broadcast_dynamic_shape(lead, other)
        flat = {name: _rows(part, RANKS[name], lead) for name, part in arguments.items()}
        theta = self.theta(flat["state"])
        count = len(self.model.state_names)

        def one(row: dict[str, tf.Tensor]) -> tf.Tensor:
            values = {name: row["theta"][p] for p, name in enumerate(self.over.names)}
            inputs = {name: row[name][..., :count] if name in ("agent", "state") else row[name] for name in flat}
            return member(with_tensors(self.model, values), inputs)

        found = tf.vectorized_map(one, {**flat, "theta": theta}, fallback_to_while_loop=False)
        return tuple(tf.reshape(part, tf.concat([lead, tf.shape(part)[1:]], 0)) for part in (found, theta))


def _before_solving(
    model: SymmetricEconomy, seed: int, number: int
) -> tuple[tuple[float, float], tuple[float, float], np.ndarray]:
    """State and action at rest, bounds of states, and one X_0 [N, D]."""
    start = model.initial_state(tf.constant([seed, number]), 1, tf.float64)[0].numpy()
    return model.steady_state(), model.state_bounds(), start


def _member(name: str) -> Callable[[SymmetricEconomy, Mapping[str, tf.Tensor]], tf.Tensor]:
    return lambda model, rows: getattr(model, name)(*rows.values())


def _rows(part: tf.Tensor, rank: int, lead: tf.Tensor) -> tf.Tensor:
    """One row for each entry of the leading axes, [rows, *rest]."""
    rest = tf.shape(part)[part.shape.rank - rank :]
    whole = tf.broadcast_to(part, tf.concat([lead, rest], 0))
    static = part.shape[part.shape.rank - rank :]
    return tf.ensure_shape(tf.reshape(whole, tf.concat([[-1], rest], 0)), [None, *static])
