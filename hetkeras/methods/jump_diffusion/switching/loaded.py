"""A reloaded SavedModel of a jump diffusion whose flips take turns, as a policy that can be simulated and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import FlipGains, SwitchingJumpDiffusion

ModelT = TypeVar("ModelT", bound=SwitchingJumpDiffusion)


class TurnOutput(NamedTuple):
    """values in all regimes [B, Z]; of the open binary states [B, S]: numbers, what they are, gains of their flips.

    gains: in the regime itself; decision: of those who decide.
    """

    values: tf.Tensor
    which: tf.Tensor
    at: tf.Tensor
    gains: tf.Tensor
    decision: tf.Tensor

    @property
    def flips(self) -> FlipGains:
        """As the model takes them."""
        return FlipGains(self.gains, self.decision)


class LoadedTurnPolicy(Generic[ModelT]):
    """The exported functions in the model's own terms, in float64.

    Args:
      model: the reloaded economics.
      signatures: name -> exported function.
    """

    def __init__(self, model: ModelT, signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]) -> None:
        self.model, self._signatures = model, signatures

    def evaluate(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> TurnOutput:
        """Everything at states [B, D], binary [B, J] and regimes [B].

        Raises:
          CalibrationError: if a regime does not exist; graphs do not look.
        """
        model, names = self.model, self.model.flip_names
        if tf.executing_eagerly():
            regime = tf.constant(model.checked_regime(regime))
        turn = {model.regime_name: tf.cast(regime, tf.int32)}
        found = self._signatures["exact"](**self.inputs(state, binary), **turn)
        which = model.available(regime)
        at = tf.gather(tf.cast(binary, tf.float64), which, batch_dims=1)
        values = tf.ensure_shape(found["value"], (*regime.shape, model.num_regimes))
        gains = ((1 - 2 * at) * tf.ensure_shape(found[name], at.shape) for name in (names.gain, "decision"))
        return TurnOutput(values, which, at, *gains)

    def value(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """[...] from states [..., D], binary [..., J] and regimes [...]."""
        states, links = (tf.reshape(part, (-1, part.shape[-1])) for part in (state, binary))
        turn = tf.reshape(regime, (-1,))
        return tf.reshape(tf.gather(self.evaluate(states, links, turn).values, turn, batch_dims=1), tf.shape(regime))

    def inputs(self, state: tf.Tensor, binary: tf.Tensor) -> dict[str, tf.Tensor]:
        """Continuous states [B, D] and binary states [B, J] by the names of exported inputs, float64."""
        parts = self.model.split_states(tf.cast(state, tf.float64))
        states = dict(zip(self.model.all_state_names, parts, strict=True))
        return {**states, self.model.flip_names.binary: tf.cast(binary, tf.float64)}
