"""The contract of a jump diffusion whose flips take turns: a Markov chain z says which ones are open (Huang & Yu, 3.2).

Beside the continuous states x and the binary states y there is a regime z, one of Z, that moves by itself. While z
lasts, only the S binary states that are open in it can flip. With V_z(x, y) the value in regime z,

    rho V_z = flow(x, y) + L V_z + sum_i q_zi (V_i - V_z) + sum_{j open in z} H_j(y, G_z),

q the rates of the chain, and L, G and H as in `jump_diffusion`.

A solver needs the values of all regimes at one (x, y), and one regime's value at S neighbours of y. Hence a network
with a head of Z values, [..., Z] from element states and binary states, which knows nothing of z:

    here  = network(elements, binary)                     [B, Z], whose sum over regimes costs nothing more
    chain = model.switching(here, regime)                 [B]
    which = model.open_now(regime)                        [B, S]
    after = network(elements[:, None], flip_each(binary, which))   [B, S, Z], of which only column z is read
    gains = after_z - here_z                              [B, S]
    jumps = model.surplus(tf.gather(binary, which, batch_dims=-1), gains, gains, which)

On top of a baseline that solves the equation without flips and does not depend on z, as `open_baseline` gives it, the
network has neither flow nor remainder in its equation: only the gains of the baseline enter, inside of H.

Axes as in `jump_diffusion`, and Z regimes, S binary states open in each.
"""

from __future__ import annotations

import abc
import dataclasses

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import Baseline, JumpDiffusion
from hetkeras.errors import CalibrationError


@dataclasses.dataclass(frozen=True)
class SwitchingJumpDiffusion(JumpDiffusion):
    """Economics with turns. Regimes are integers from 0 to Z - 1.

    Elements are here what has its turn, not what flips: D = K Z, `element_states` are [..., Z, K], `element_traits`
    [Z, F]. Flips stay [..., J]. `surplus`, `intensity`, `accepted` and `intensity_bounds` are those of flips while
    they are open, and `which` may have any shape that `binary` and `gains` have, [..., S] for the open ones.
    """

    @property
    @abc.abstractmethod
    def num_regimes(self) -> int:
        """Z."""

    @property
    @abc.abstractmethod
    def regime_name(self) -> str:
        """What the exported input that holds the regime is called."""

    @property
    @abc.abstractmethod
    def switch_rates(self) -> np.ndarray:
        """q: rates at which regimes follow each other, [Z, Z] from row to column, zero on the diagonal."""

    @property
    @abc.abstractmethod
    def open_flips(self) -> np.ndarray:
        """Numbers of the binary states that can flip in each regime, [Z, S]; each binary state is open in one."""

    @abc.abstractmethod
    def sample_regime(self, seed: tf.Tensor, num_paths: int) -> tf.Tensor:
        """Draws regimes from their long-run law, int32 [B]."""

    @abc.abstractmethod
    def switch(self, regime: tf.Tensor, span: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Draws the regime after a span of time, exactly: int32 [B] from [B], [B] and a [2] seed."""

    @abc.abstractmethod
    def accepted(self, binary: tf.Tensor, gains: tf.Tensor, which: tf.Tensor | None = None) -> tf.Tensor:
        """Whether an opportunity to switch on would be taken, for all binary states [..., J] or those asked for."""

    def checked_regime(self, regime: np.ndarray) -> np.ndarray:
        """Returns regimes as int32; graphs take any integer, and what they do with a wrong one is not defined.

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

    def open_now(self, regime: tf.Tensor) -> tf.Tensor:
        """Numbers of the open binary states, [..., S]."""
        return tf.gather(tf.constant(self.open_flips, tf.int32), regime)

    def switching(self, values: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """What the chain does to the value per unit of time, [...] from values of all regimes [..., Z]."""
        rates = tf.gather(tf.constant(self.switch_rates, values.dtype), regime)
        here = tf.gather(values, regime, axis=-1, batch_dims=regime.shape.rank)
        return tf.reduce_sum(rates * (values - here[..., None]), -1)

    def open_baseline(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> Baseline:
        """The baseline, which is the same in all regimes, with gains and remainder of the open flips alone.

        Returns:
          value [...], gains [..., S], remainder [..., S].
        """
        found, which = self.baseline(state, binary), self.open_now(regime)
        parts = (tf.gather(part, which, axis=-1, batch_dims=regime.shape.rank) for part in found[1:])
        return Baseline(found.value, *parts)


def flip_each(binary: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
    """The binary states after each of S flips on its own: [..., S, J] from [..., J] and indices [..., S]."""
    chosen = tf.one_hot(which, binary.shape[-1], dtype=binary.dtype)
    return binary[..., None, :] + chosen * (1 - 2 * binary)[..., None, :]
