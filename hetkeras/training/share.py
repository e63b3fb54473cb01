"""The part of a batch that one of several replicas trains on."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from hetkeras.errors import CalibrationError


class Share(NamedTuple):
    """One of equal parts of a batch, by its place from 0; the whole batch where there is one part.

    A batch is drawn whole everywhere and then cut: draws depend on (seed, step) alone, not on how many share it.
    """

    place: int = 0
    parts: int = 1

    def of(self, batch: Any, axis: int = 0) -> Any:
        """Own rows of tensors [..., B, ...] in a nest, along an axis."""
        return tf.nest.map_structure(lambda part: self._rows(part, axis), batch)

    def _rows(self, part: tf.Tensor, axis: int) -> tf.Tensor:
        return part if self.parts == 1 else tf.split(part, self.parts, axis)[self.place]

    def spread(self, rows: tf.Tensor) -> tf.Tensor:
        """Own rows [B / parts, ...] among zeros [B, ...]: the sum over all replicas is the whole."""
        parts = [tf.zeros_like(rows)] * self.parts
        parts[self.place] = rows
        return tf.concat(parts, 0)

    def refuse_uneven(self, name: str, batch: int, of: int = 1) -> None:
        """Sees that a batch can be cut into equal parts.

        Args:
          name: of the setting that says how large it is.
          batch: its size.
          of: pieces of the batch, each of which is cut.

        Raises:
          CalibrationError: if it cannot.
        """
        multiple = of * self.parts
        if self.parts > 1 and batch % multiple:
            raise CalibrationError(
                f"{name} is {batch} and {self.parts} replicas share it; expected a multiple of {multiple}, with "
                f"--solver={name}={batch + -batch % multiple}"
            )
