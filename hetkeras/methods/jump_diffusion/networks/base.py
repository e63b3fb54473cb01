"""What every network for values over binary states fulfils."""

from __future__ import annotations

import abc

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError


class FlipValue(keras.Model, abc.ABC):
    """Value of continuous states by element and of binary states, and of all states that are one flip away.

    Axes: J elements, K continuous states of an element.
    """

    @abc.abstractmethod
    def with_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, which: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Values here [...] and after each flip [..., J].

        Args:
          elements: [..., J, K]; binary: [..., J].
          which: [S] elements whose flips are wanted, for flips [..., S]; None for all.
        """

    def at_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, group: tf.Tensor, member: tf.Tensor, which: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Values here and after one flip, both [C], where members of a group share the continuous states.

        Args:
          elements: [G, J, K]; binary: [G, F, J].
          group, member, which: indices of the cases, [C].
        """
        states, active = tf.gather(elements, group), tf.gather_nd(binary, tf.stack([group, member], -1))
        chosen = tf.one_hot(which, active.shape[-1], dtype=active.dtype)
        return self(states, active), self(states, active + chosen * (1 - 2 * active))

    @abc.abstractmethod
    def adapt(self, elements: tf.Tensor) -> None:
        """Sets the moments of normalization to those of sample states [B, J, K]."""

    @abc.abstractmethod
    def lift(self, amount: tf.Tensor) -> None:
        """Adds a number to the values everywhere."""

    def check(self, elements: tf.Tensor, binary: tf.Tensor) -> None:
        """Refuses what does not fit together.

        Raises:
          ShapeError: with what came and what was expected.
        """
        if elements.shape[-2] != binary.shape[-1]:
            raise ShapeError(
                f"{type(self).__name__} got states {tuple(elements.shape)} and binary states {tuple(binary.shape)}; "
                "expected [..., J, K] and [..., J]"
            )
