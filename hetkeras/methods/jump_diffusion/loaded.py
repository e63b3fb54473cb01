"""A reloaded SavedModel of a jump-diffusion problem as a policy that can be simulated and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion


class PolicyOutput(NamedTuple):
    """value [B]; gains of flips [B, J]; rate of each flip [B, J]; choice: an opportunity is taken, bool [B, J]."""

    value: tf.Tensor
    gains: tf.Tensor
    rate: tf.Tensor
    choice: tf.Tensor


class LoadedFlipPolicy:
    """The exported functions in the model's own terms: states [.., D], binary states, gains of flips.

    Args:
      model: the reloaded economics.
      signatures: name -> exported function.
    """

    def __init__(self, model: JumpDiffusion, signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]) -> None:
        self.model, self._signatures = model, signatures

    def evaluate(self, state: tf.Tensor, binary: tf.Tensor) -> PolicyOutput:
        """Everything at states [B, D] and binary [B, J]."""
        names = self.model.flip_names
        found = self._signatures["policy"](**self.inputs(state, binary))
        gains = (1 - 2 * binary) * found[names.gain]
        return PolicyOutput(found["value"], gains, found["rate"], found[names.choice])

    def value(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """[...] from states [..., D] and binary [..., J]."""
        rows = [tf.reshape(part, (-1, part.shape[-1])) for part in (state, binary)]
        return tf.reshape(self._signatures["policy"](**self.inputs(*rows))["value"], tf.shape(state)[:-1])

    def opportunity(
        self, state: tf.Tensor, binary: tf.Tensor, group: tf.Tensor, firm: tf.Tensor, which: tf.Tensor
    ) -> tf.Tensor:
        """Gain of one flip in each case, [C] from states [G, D], binary [G, F, J] and indices [C]."""
        cases = {"group": group, "firm": firm, "which": which}
        found = self._signatures["opportunity"](**self.inputs(state, binary), **cases)
        on = tf.gather_nd(binary, tf.stack([group, firm, which], -1))
        return (1 - 2 * on) * found[self.model.flip_names.gain]

    def inputs(self, state: tf.Tensor, binary: tf.Tensor) -> dict[str, tf.Tensor]:
        """Continuous states [.., D] and binary states by the names of exported inputs."""
        parts = self.model.split_states(tf.cast(state, tf.float32))
        inputs = dict(zip(self.model.all_state_names, parts, strict=True))
        return inputs | {self.model.flip_names.binary: tf.cast(binary, tf.float32)}
