"""The default parametrisation: one network output for each discrete shock state, on top of what is known exactly.

V(k) = payoff(k) + L - friction(gain(k)): payoff and friction are the model's, so that networks give only the level
L(K) and the gain(k, K), tables over (z, eps). The choice needs neither L nor the level of anything: with the gain's
slope trained beside it, beta E V is right where it matters. The slope follows from the envelope condition

    d gain / dk = stay'(k) (p - beta E V_k(stay(k))),    d friction / d gain = 1 - share adjusting.

The best target is a factor, close to one, on what firms would choose without frictions.
Axes: M values of K, N or P values of a firm's capital, A aggregate and E idiosyncratic states (a', e' tomorrow's).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.layers.shock_state_mlp import ShockStateMLP
from hetkeras.methods.krusell_smith.losses import bellman_loss, gain_loss, goal_loss
from hetkeras.methods.krusell_smith.lumpy.networks import FirmSample, NeuralFirms, Outlook
from hetkeras.methods.krusell_smith.networks import follow
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.training.loss_output import LossOutput

SATURATION = 1.3  # in units of the gain at which all firms adjust
TARGET_RATE = 0.05  # of soft updates
SHIFT_RATE = 0.05  # share of the slowest mode that a step removes
NEWTON_WIDTH = 0.005  # in log capital, between a target and where slopes are taken on either side of it
LONGEST_STEP = 0.05  # of Newton, in log capital
CHOICE_UNIT = 0.01  # of log capital, in the loss


class ValueTargets(NamedTuple):
    """gain, slope: [M, N, A, E]; level: [M, A, E]; features, direction: of the gain at the sample, [M, N, 2 + E]."""

    gain: tf.Tensor
    slope: tf.Tensor
    level: tf.Tensor
    features: tf.Tensor
    direction: tf.Tensor


class PolicyTargets(NamedTuple):
    """following, price: K' and the perturbed price, [M, A]; logs: better choices at that price, [M, A, E]."""

    following: tf.Tensor
    price: tf.Tensor
    logs: tf.Tensor


class TabulatedFirms(NeuralFirms):
    """Networks with tables over (z, eps) as outputs.

    Args:
      model: the economics.
      rules: what firms expect.
      hidden: widths of the hidden layers of the gain and of the target; the level takes half.
      price_width: relative distance of prices to the expected one for which the target is trained.
    """

    def __init__(
        self,
        model: PriceTakingFirms,
        rules: ForecastRules,
        hidden: tuple[int, ...] = (64, 64),
        price_width: float = 0.02,
    ) -> None:
        super().__init__(model, rules)
        self.price_width = price_width
        states = model.aggregate_chain.num_states, model.idiosyncratic_chain.num_states
        rest = model.frictionless_steady_state(float(model.aggregate_chain.values[states[0] // 2]))[0]
        capital, mean = (math.log(rest), 0.6), (math.log(rest), 0.1)
        self._unit = model.saturation_gain
        self._wear = math.log(rest / float(model.unadjusted_capital(tf.constant(rest))))
        self._band = self._band_width()
        distances = [(0.0, 1.0)] * states[1]
        self._gain = _table(states, hidden, capital, mean, *distances)
        self._gain_target = _table(states, hidden, capital, mean, *distances)
        self._gain_target.set_weights(self._gain.get_weights())
        self._level = _table(states, tuple(width // 2 for width in hidden), mean, last_scale=0.1)
        self._factor = _table(states, hidden, mean, (0.0, price_width), last_scale=0.1)
        self._offset = keras.Variable(0.0, dtype="float32", trainable=False, name="offset")

    policy_metrics = ("choice_gap",)

    @property
    def value_weights(self) -> list[keras.Variable]:
        return [*self._gain.trainable_variables, *self._level.trainable_variables]

    @property
    def policy_weights(self) -> list[keras.Variable]:
        return self._factor.trainable_variables

    @property
    def slow_weights(self) -> list[keras.Variable]:
        return [*self._gain_target.trainable_variables, self._offset]

    @property
    def value_metrics(self) -> tuple[str, ...]:
        return "gain_gap", "slope_gap", "bellman_gap", "level_shift"

    def follow(self, metrics: dict[str, tf.Tensor]) -> None:
        follow(self._gain_target.trainable_variables, self._gain.trainable_variables, TARGET_RATE)
        self._offset.assign_add(SHIFT_RATE / (1 - self.model.discount_factor) * metrics["level_shift"])

    # --- losses ----------------------------------------------------------------------------------------------
    def value_targets(self, sample: FirmSample) -> ValueTargets:
        following, price = self.expectations(sample.mean_capital)[:2]
        chosen = self.targets(sample.mean_capital, following, price)
        aimed = self.reached(following, price, chosen, slow=True)
        gains = self._gains(sample.capital, following, price, aimed)
        expected = tf.einsum("macf,ac,ef->mae", self._levels(following), *self.chances(aimed.dtype))
        level = aimed + self.model.discount_factor * expected
        return ValueTargets(*gains, level, *self._features(sample.mean_capital, sample.capital))

    def value_fit(self, sample: FirmSample, targets: ValueTargets) -> LossOutput:
        gain, slope = self._gain.with_slope(targets.features, targets.direction)
        gains = gain_loss(gain, slope, targets.gain, targets.slope, SATURATION)
        levels = self._levels(sample.mean_capital)
        level = bellman_loss(levels, targets.level)
        shift = tf.reduce_mean(targets.level - levels)
        return LossOutput(gains.loss + level.loss, {**gains.metrics, **level.metrics, "level_shift": shift})

    def policy_targets(self, sample: FirmSample) -> PolicyTargets:
        """A step of Newton on the first-order condition beta E V' = p (Yokomoto 2026, eq. 34) for each choice.

        It costs one look at the value, where steps up the value itself cost one each.
        """
        following, price = self.expectations(sample.mean_capital)[:2]
        price *= 1 + sample.noise
        logs = tf.math.log(self.targets(sample.mean_capital, following, price))
        below, above = (self._reached_slope(following, price, logs + side) for side in (-NEWTON_WIDTH, NEWTON_WIDTH))
        slope, curvature = (above + below) / 2, (above - below) / (2 * NEWTON_WIDTH)
        step = tf.where(curvature < 0, -slope / curvature, LONGEST_STEP * tf.sign(slope))
        return PolicyTargets(following, price, logs + tf.clip_by_value(step, -LONGEST_STEP, LONGEST_STEP))

    def policy_fit(self, sample: FirmSample, targets: PolicyTargets) -> LossOutput:
        chosen = self.targets(sample.mean_capital, targets.following, targets.price)
        return goal_loss(tf.math.log(chosen), targets.logs, CHOICE_UNIT)

    def _reached_slope(self, following: tf.Tensor, price: tf.Tensor, logs: tf.Tensor) -> tf.Tensor:
        """Derivative of R in the log of each choice, by the target network: [M, A, E]."""
        capital = tf.exp(logs)
        slopes = self.carried(self._tomorrow_with_slope(following, capital)[1])
        return capital * (tf.linalg.diag_part(slopes) - price[..., None])

    def _gains(
        self, capital: tf.Tensor, following: tf.Tensor, price: tf.Tensor, aimed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The gain in units, and its slope by the log of capital, out of the Bellman operator: [M, N, A, E]."""
        with tf.GradientTape() as tape:
            tape.watch(capital)
            stay = self.model.unadjusted_capital(capital)
        stay_slope = tape.gradient(stay, capital)
        spread = tf.repeat(stay[:, None], following.shape[1], 1)  # [M, A, N]
        values, slopes = self._tomorrow_with_slope(following, spread)
        price = price[..., None, None]
        gain = aimed[:, :, None] - self.carried(values) + price * spread[..., None]
        slope = (price - self.carried(slopes)) * (stay_slope * capital)[:, None, :, None]
        return tuple(tf.transpose(tensor, (0, 2, 1, 3)) / self._unit for tensor in (gain, slope))

    # --- value and choices -----------------------------------------------------------------------------------
    def tomorrow(self, following: tf.Tensor, capital_next: tf.Tensor, slow: bool) -> tf.Tensor:
        table = (self._gain_target if slow else self._gain)(self._features(following, capital_next)[0])
        firms, gain = self.firms_expecting(following), self._unit * tf.cast(table, capital_next.dtype)
        return firms.payoff(*self._states(capital_next)) - firms.expected_friction_loss(gain)

    def _tomorrow_with_slope(self, following: tf.Tensor, capital_next: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """As `tomorrow` by the target network, with the derivative in capital."""
        gain, slope = self._gain_target.with_slope(*self._features(following, capital_next))
        firms, states = self.firms_expecting(following), self._states(capital_next)
        staying = 1 - firms.adjustment_probability(self._unit * gain)
        slope = staying * self._unit * slope / capital_next[..., None, None]
        values = firms.payoff(*states) - firms.expected_friction_loss(self._unit * gain)
        return values, firms.marginal_payoff(*states) - slope

    def target(self, outlook: Outlook, price: tf.Tensor) -> tf.Tensor:
        aggregate, mean_capital, following = outlook
        free = self.model.frictionless_target(aggregate, price, *self.expectations(following)[1:])
        distance = price / self.rules(aggregate, mean_capital)[1] - 1
        table = self._factor(tf.stack([tf.math.log(mean_capital), distance], -1))
        factor = tf.exp(tf.gather(tf.cast(table, price.dtype), aggregate, batch_dims=1))
        return tf.clip_by_value(free * factor, *self.model.capital_bounds)

    def value(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, capital: tf.Tensor) -> tf.Tensor:
        gains = self._gain(self._features(mean_capital, capital)[0])
        firms = self.firms_expecting(mean_capital)
        table = tf.cast(self._levels(mean_capital), capital.dtype)[:, None] - firms.expected_friction_loss(
            self._unit * tf.cast(gains, capital.dtype)
        )
        table += firms.payoff(*self._states(capital))
        return tf.einsum("bpe->bep", tf.gather(table, aggregate, axis=2, batch_dims=1))

    def _states(self, capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Firms with capital k [..., P] in all shock states: what broadcasts to [..., P, A, E]."""
        aggregate, idiosyncratic = self.shocks(capital.dtype)
        return idiosyncratic, capital[..., None, None], aggregate

    def _levels(self, mean_capital: tf.Tensor) -> tf.Tensor:
        return self._offset + self._level(tf.math.log(mean_capital)[..., None])

    def _features(self, mean_capital: tf.Tensor, capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Inputs of the gain and their derivatives by the log of capital, [..., P, 2 + E] from K [...], k [..., P].

        Beside the logs of k and K, the distance of k to where firms of each productivity would stay without frictions,
        in widths of the band in which firms wait: a narrow band asks for a fine look at it.
        """
        logs = tf.math.log(capital)
        anchors = self._anchors(mean_capital)[..., None, :]
        distance = tf.tanh((logs[..., None] - tf.cast(anchors, logs.dtype)) / self._band)
        means = tf.broadcast_to(tf.math.log(mean_capital)[..., None], tf.shape(logs))
        features = tf.concat([tf.stack([logs, means], -1), distance], -1)
        units = tf.stack([tf.ones_like(logs), tf.zeros_like(logs)], -1)
        return features, tf.concat([units, (1 - distance**2) / self._band], -1)

    def _anchors(self, mean_capital: tf.Tensor) -> tf.Tensor:
        """Log of the capital from which staying leads to the frictionless target: [..., E] from K [...]."""
        following, price = self.expectations(mean_capital)[:2]
        middle = price.shape[-1] // 2
        aggregate = tf.fill(tf.shape(mean_capital), middle)
        free = self.model.frictionless_target(
            aggregate, price[..., middle], *self.expectations(following[..., middle])[1:]
        )
        return tf.math.log(free) + self._wear

    def _band_width(self) -> float:
        """Distance in logs from the frictionless target at which all firms adjust, if it were for good."""
        model, chain = self.model, self.model.aggregate_chain
        middle, eps = chain.num_states // 2, self.model.idiosyncratic_chain
        level = float(chain.values[middle])
        price = model.at(*model.frictionless_steady_state(level)[1:]).own_price
        prices = tf.fill((chain.num_states,), tf.constant(price, tf.float64))
        target = model.frictionless_target(tf.constant(middle), prices[0], prices)[eps.num_states // 2]
        moves = np.geomspace(1e-3, 2.0, 500)
        capital = target * tf.exp(tf.constant(np.concatenate([[0.0], moves, -moves])))[:, None]
        payoff = model.payoff(tf.constant(eps.values), capital, tf.constant(level, tf.float64), prices[0])
        expected = model.discount_factor * tf.linalg.matvec(payoff, tf.constant(eps.transition[eps.num_states // 2]))
        reached = (expected - price * capital[:, 0]).numpy()
        lasting = 1 - model.discount_factor * math.exp(-2 * self._wear)  # what wears off is squared in the loss
        worth = (reached[0] - reached[1:]).reshape(2, -1).min(0) >= lasting * self._unit
        return float(moves[np.argmax(worth)]) if worth.any() else float(moves[-1])


def _table(
    states: tuple[int, ...], hidden: tuple[int, ...], *inputs: tuple[float, float], last_scale: float = 1.0
) -> ShockStateMLP:
    """A table whose inputs are centred and scaled as given, one pair for each."""
    centre, scale = zip(*inputs, strict=True)
    table = ShockStateMLP(states, hidden, centre, scale, last_scale)
    table.build((None, len(inputs)))
    return table
