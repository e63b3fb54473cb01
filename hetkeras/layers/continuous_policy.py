"""How far to go in each branch: bounded choices, and inaction that is exact (Yokomoto 2026, section 3.2)."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization


@keras.saving.register_keras_serializable(package="hetkeras")
class ContinuousPolicy(keras.Model):
    """C choices in each of R branches: (inputs [..., F], kept [..., C]) -> [..., R, C], in the precision of `kept`.

    A choice that its branch does not adjust is what is kept, to the bit and without a gradient to the network. All
    others are outputs of their own on shared layers, so that one pass gives all branches, and training on one branch
    leaves the outputs of the others alone. Inputs are standardised inside.

    Args:
      branches: R tuples of C digits, 1 where the branch adjusts the choice and 0 where it keeps it.
      heads: map raw outputs to each of the C choices, and bound them.
      hidden: widths of the shared hidden layers.
      activation: of the hidden layers.
      last_scale: see `MLP`; small, so that training starts near the centres of the heads.

    Raises:
      ShapeError: if there is no branch or none that adjusts anything, the digits are not 0 or 1 with one for each
        head, or a width is below one.
    """

    def __init__(
        self,
        branches: tuple[tuple[int, ...], ...],
        heads: tuple[BoundedOutput, ...],
        hidden: tuple[int, ...] = (256, 256, 256),
        activation: str = "silu",
        last_scale: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.autocast = False  # what is kept stays as it came; the parts cast what they need
        self.branches, self.heads = tuple(map(tuple, branches)), list(heads)
        digits = {digit for branch in self.branches for digit in branch}
        if digits not in ({1}, {0, 1}) or {len(branch) for branch in self.branches} != {len(self.heads)}:
            raise ShapeError(
                f"ContinuousPolicy got branches={self.branches} and {len(self.heads)} heads; expected at least one "
                "branch that adjusts, each with a digit of 0 or 1 for each head"
            )
        self.hidden, self.activation, self.last_scale = tuple(hidden), activation, last_scale
        dtype, outputs = self.dtype_policy, sum(map(sum, self.branches))
        self.scaling = Normalization(name="scaling", dtype=dtype)
        self.stack = MLP(self.hidden, outputs, activation, last_scale, name="stack", dtype=dtype)

    def build(self, inputs_shape: tuple[int | None, ...], kept_shape: tuple[int | None, ...] | None = None) -> None:
        del kept_shape
        self.scaling.build(inputs_shape)
        self.stack.build(inputs_shape)
        self.built = True

    def call(self, inputs: tf.Tensor, kept: tf.Tensor) -> tf.Tensor:
        if kept.shape[-1] != len(self.heads):
            raise ShapeError(
                f"ContinuousPolicy got what is kept of shape {tuple(kept.shape)}; expected {len(self.heads)} on the "
                "last axis, one for each head"
            )
        raw = iter(tf.unstack(self.stack(self.scaling(inputs)), axis=-1))
        keeping = tf.unstack(kept, axis=-1)
        rows = [
            [
                tf.cast(head(next(raw)), kept.dtype) if digit else same
                for digit, head, same in zip(branch, self.heads, keeping, strict=True)
            ]
            for branch in self.branches
        ]
        return tf.stack([tf.stack(row, -1) for row in rows], -2)

    def chosen(self, inputs: tf.Tensor, kept: tf.Tensor, branch: tf.Tensor) -> tf.Tensor:
        """The choices [..., C] in one branch for each of the inputs, indices [...]."""
        return tf.gather(self(inputs, kept), branch, axis=-2, batch_dims=len(branch.shape))

    def adapt(self, inputs: tf.Tensor) -> None:
        """Sets the moments of normalization to those of sample inputs [..., F]."""
        self.scaling.adapt(inputs)

    def compute_output_shape(
        self, inputs_shape: tuple[int | None, ...], kept_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (*inputs_shape[:-1], len(self.branches), len(self.heads))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "branches": [list(branch) for branch in self.branches],
            "heads": [keras.saving.serialize_keras_object(head) for head in self.heads],
            "hidden": list(self.hidden),
            "activation": self.activation,
            "last_scale": self.last_scale,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> ContinuousPolicy:
        heads = [keras.saving.deserialize_keras_object(head) for head in config["heads"]]
        return cls(**{**config, "heads": heads})
