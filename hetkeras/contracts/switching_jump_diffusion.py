"""The contract of a jump diffusion whose flips take turns: a Markov chain z says which ones are open (Huang & Yu, 3.2).

Beside the continuous states x and the binary states y there is a regime z, one of Z, that moves by itself. While z
lasts, only the S binary states that are open in it can flip. With V_z(x, y) the value in regime z,

    rho V_z = flow(x, y) + L V_z + sum_i q_zi (V_i - V_z) + sum_{j open in z} H_j(y, G_z),

q the rates of the chain, and L, G and H as in `jump_diffusion`.

A solver needs the values of all regimes at one (x, y), and one regime's value at S neighbours of y. Hence a network
with a head of Z values, [..., Z] from element states and binary states, which knows nothing of z:

    here  = network(elements, binary)                     [B, Z], whose sum over regimes costs nothing more
    chain = model.switching(here, regime)                 [B]
    which = model.available(regime)                        [B, S]
    after = network(elements[:, None], flip_each(binary, which))   [B, S, Z], of which only column z is read
    gains = after_z - here_z                              [B, S]
    jumps = model.jump_payoff(tf.gather(binary, which, batch_dims=-1), gains, gains, which)

The player being valued need not be the player who decides. In a game, a regime stands for a player and a turn.
`consulted_regimes` names the regimes whose gains tell what the deciding players will do, `decision_gains` finds their
decision in them, and `regime_payoff` gives what it is worth to the player being valued. Where one planner decides
everything, only the planner's own gains are needed.

On top of a baseline, as `open_baseline` gives it, the network has no flow in its equation: only what the baseline
leaves of it enters, and the gains of the baseline inside of H.

Axes as in `jump_diffusion`, and Z regimes, S binary states open in each.
"""

from __future__ import annotations

import abc
import dataclasses
from functools import cached_property
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.contracts.known_values import ExactValues
from hetkeras.errors import CalibrationError
from hetkeras.numerics import rate_matrix

SCALE_STATES, SCALE_SEED = 32, 4_409  # at which it is seen what a baseline misses
LEAST_CORRECTION = 1e-3  # of the scale of the value: more exact need no baseline be


class TurnBaseline(NamedTuple):
    """Values V0 in all regimes, known in closed form, on top of which the rest is sought.

    values: [..., Z]; gains: of open flips in the regimes asked for, [..., S] or [..., S, A]; remainder: flow + L V0 +
    what the chain does to V0 - rho V0 in the regime itself, split over the open flips, [..., S].
    """

    values: tf.Tensor
    gains: tf.Tensor
    remainder: tf.Tensor


class FlipGains(NamedTuple):
    """Gains of open flips in the regime itself, and of those who decide, [..., S] each."""

    own: tf.Tensor
    decision: tf.Tensor


class CorrectionScales(NamedTuple):
    """Sizes of what a baseline misses: in all regimes alike, and of what differs between them relative to that, [Z]."""

    shared: float
    turns: np.ndarray


@dataclasses.dataclass(frozen=True)
class SwitchingJumpDiffusion(JumpDiffusion):
    """Economics with turns. Regimes are integers from 0 to Z - 1.

    Elements are here what has its turn, not what flips: N of them, Z unless several regimes share a turn; D = K N,
    `element_states` are [..., N, K], `element_features` [N, F]. Flips stay [..., J]. `jump_payoff`, `intensity`,
    `accepts` and `max_hazard` are those of flips while they are open, and `which` may have any shape that `binary` and
    `gains` have, [..., S] for the open ones.
    """

    @property
    def num_regimes(self) -> int:
        """Z."""
        return len(self.switch_rates)

    @property
    def regime_name(self) -> str:
        """What the exported input that holds the regime is called."""
        return "regime"

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the continuous states; here one for all that are not common."""
        return ("state",) if self.long_run_mean().shape[0] > len(self.common_state_names) else ()

    @property
    def element_features(self) -> np.ndarray:
        return np.zeros((self.long_run_mean().shape[0], 0))

    def element_states(self, state: tf.Tensor) -> tf.Tensor:
        """Distances from where states rest, [..., D, 1] from [..., D]; the dense network knows of no elements."""
        return (state - self.long_run_mean(state.dtype))[..., None]

    @property
    @abc.abstractmethod
    def switch_rates(self) -> np.ndarray:
        """q: rates at which regimes follow each other, [Z, Z] from row to column, zero on the diagonal."""

    @property
    @abc.abstractmethod
    def available_flips(self) -> np.ndarray:
        """Numbers of the binary states that can flip in each regime, [Z, S]; each is open in one turn."""

    @property
    def decision_regimes(self) -> np.ndarray:
        """One regime for each turn, that of who decides; all of them here."""
        return np.arange(self.num_regimes)

    @property
    def long_run_probabilities(self) -> np.ndarray:
        """Roughly how often each binary state is on in the long run, [J]; paths that are to settle start there.

        Here as if every opportunity was taken; on, where nothing moves.
        """
        arrival, destruction = self.efforts.arrival, self.efforts.destruction
        return np.where(self.can_switch, arrival / max(arrival + destruction, np.finfo(float).tiny), 1.0)

    def decision_states(self, known: ExactValues) -> ExactValues:
        """Where to look at decisions: states of `exact_values`, or others at which more of them are made."""
        return known

    def exact_values_without_options(self) -> ExactValues | None:
        """Exact values at the states of `exact_values` if nothing was ever switched on; None where there are none."""

    def frozen_value(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor | None = None) -> tf.Tensor | None:
        """Value if nothing ever flipped, [...]; regimes [...] matter only where players differ. None if not known."""
        del state, binary, regime
        return None

    def equivalent(self, value: tf.Tensor) -> tf.Tensor:
        """The constant payoff that is worth a value, elementwise; or what else a reader takes for its measure."""
        return self.discount_rate * value

    def unscaled(self, value: tf.Tensor) -> tf.Tensor:
        """Denominator of relative losses, elementwise: the value itself, unless its zero is arbitrary."""
        return value

    def flow_in(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """Payoff per unit of time, [...]; that of any regime here."""
        del regime
        return self.flow(state, binary)

    @property
    def turns(self) -> np.ndarray:
        """The leading regime in which each binary state is open, [J]."""
        leading = self.decision_regimes
        order = np.argsort(self.available_flips[leading].ravel())
        return leading[order // self.available_flips.shape[1]]

    @property
    def flip_scales(self) -> np.ndarray:
        """Size of what each flip is worth, [J], above zero."""
        return np.full(self.num_binary, self.value_scale / self.num_binary)

    def gain_units(self, regime: tf.Tensor, which: tf.Tensor, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """What an error as large as the gain itself does to the equation of that gain, [B].

        It is discounted, and where the flip is open the end of the regime pulls at it, too.

        Args:
          regime, which: of each case, [B].
        """
        leaving = tf.gather(tf.constant(self.switch_rates.sum(1), dtype), regime)
        own = tf.cast(tf.reduce_any(self.available(regime) == which[:, None], -1), dtype)
        return tf.gather(tf.constant(self.flip_scales, dtype), which) * (self.discount_rate + own * leaving)

    def sample_regime(self, seed: tf.Tensor, num_paths: int) -> tf.Tensor:
        """Draws regimes from their long-run law, int32 [B]."""
        return rate_matrix.draw(rate_matrix.stationary_law(self.switch_rates), seed, num_paths)

    def switch(self, regime: tf.Tensor, span: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Draws the regime after a span of time, exactly: int32 [B] from [B], [B] and a [2] seed."""
        return rate_matrix.move(self.switch_rates, regime, span, seed)

    def checked_regime(self, regime: np.ndarray) -> np.ndarray:
        """Returns regimes as int32; compiled functions take any integer: what they do with a wrong one is not defined.

        Raises:
          CalibrationError: if one is not a whole number from 0 to Z - 1.
        """
        regime = np.asarray(regime)
        wrong = ~((regime >= 0) & (regime < self.num_regimes) & (regime == np.floor(regime)))
        if wrong.any():
            raise CalibrationError(
                f"{self.regime_name} holds {regime[wrong][0]}; expected whole numbers from 0 to {self.num_regimes - 1}"
            )
        return regime.astype(np.int32)

    def available(self, regime: tf.Tensor) -> tf.Tensor:
        """Numbers of the open binary states, [..., S]."""
        return tf.gather(tf.constant(self.available_flips, tf.int32), regime)

    def switching(self, values: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """What the chain does to the value per unit of time, [...] from values of all regimes [..., Z]."""
        rates = tf.gather(tf.constant(self.switch_rates, values.dtype), regime)
        here = tf.gather(values, regime, axis=-1, batch_dims=regime.shape.rank)
        return tf.reduce_sum(rates * (values - here[..., None]), -1)

    # --- who decides -----------------------------------------------------------------------------------------
    def consulted_regimes(self, regime: tf.Tensor) -> tf.Tensor:
        """Regimes whose gains of open flips matter: [...], only itself, or [..., S, A], itself and who decides."""
        return regime

    def decision_gains(self, gains: tf.Tensor) -> FlipGains:
        """From gains of the regimes asked for, [..., S] or [..., S, A]."""
        return FlipGains(gains, gains)

    def regime_payoff(
        self, binary: tf.Tensor, gains: FlipGains, valued: tf.Tensor, which: tf.Tensor, regime: tf.Tensor
    ) -> tf.Tensor:
        """Payoff rate of each open flip in a regime, net of costs, with flips worth `valued` there: [..., S]."""
        del regime
        return self.jump_payoff(binary, gains.decision, valued, which)

    def open_baseline(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> TurnBaseline:
        """A value in closed form, near the true one if possible; here that of `baseline`, the same in all regimes."""
        found, which = self.baseline(state, binary), self.available(regime)
        gains = tf.gather(found.gains, which, axis=-1, batch_dims=regime.shape.rank)
        special = self.flow_in(state, binary, regime) - self.flow(state, binary)
        remainder = (tf.reduce_sum(found.remainder, -1, keepdims=True) + special[..., None]) / which.shape[-1]
        values = tf.repeat(found.value[..., None], self.num_regimes, -1)
        return TurnBaseline(values, gains, remainder * tf.ones_like(gains))

    @cached_property
    def correction_scales(self) -> CorrectionScales:
        """From what the baseline leaves of its equation at drawn states in all regimes.

        What regimes share is discounted. What is special about one ends with it, so that regimes that follow each other
        quickly hardly differ in value however much their flows do.
        """
        with tf.init_scope():  # numbers, also while a graph is traced
            state, binary = self.sample(tf.constant([SCALE_SEED, 0]), SCALE_STATES, tf.float64)
            left = np.stack([self._left(state, binary, regime) for regime in range(self.num_regimes)])
        average = left.mean(0)
        shared = max(float(_rms(average)) / self.discount_rate, LEAST_CORRECTION * self.value_scale)
        turns = _rms(left - average) / (self.discount_rate + self.switch_rates.sum(1))
        return CorrectionScales(shared, turns / shared)

    def _left(self, state: tf.Tensor, binary: tf.Tensor, regime: int) -> np.ndarray:
        """What the baseline leaves of its equation in one regime, [B]."""
        turns = tf.fill(state.shape[:1], regime)
        which, found = self.available(turns), self.open_baseline(state, binary, turns)
        at = tf.gather(binary, which, batch_dims=1)
        flips = self.jump_payoff(at, found.gains, found.gains, which)
        return tf.reduce_sum(flips + found.remainder, -1).numpy()


def _rms(sizes: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(np.square(sizes), -1))


def at_regimes(values: tf.Tensor, asked: tf.Tensor) -> tf.Tensor:
    """Values of all regimes [B, Z] at those asked for, so that values after flips compare: [B, 1], or [B, S, A]."""
    found = tf.gather(values, asked, axis=-1, batch_dims=1)
    return found[:, None] if asked.shape.rank == 1 else found


def flip_each(binary: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
    """The binary states after each of S flips on its own: [..., S, J] from [..., J] and indices [..., S]."""
    chosen = tf.one_hot(which, binary.shape[-1], dtype=binary.dtype)
    return binary[..., None, :] + chosen * (1 - 2 * binary)[..., None, :]
