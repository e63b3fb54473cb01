"""Inputs of an exported function as its graph takes them: numbers become tensors, scalars stand for every row.

A scalar is repeated along all axes of its input, and a batch of one row beside a batch of many. All other lengths must
agree. An input that lacks some of its axes is refused, for N numbers could be of agents or of rows. Where no input
tells how many rows there are, there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from hetkeras.errors import SavedModelError, ShapeError, brief


class Length(NamedTuple):
    """entries: of an axis, a number, or a tensor where a graph does not know it; told_by: the input that tells it."""

    entries: int | tf.Tensor
    told_by: str

    @property
    def known(self) -> int | None:
        return self.entries if isinstance(self.entries, int) else None


class ExportedInputs(NamedTuple):
    """What an exported function takes.

    function: its name, for messages.
    specs: name of an input -> what the graph takes.
    axes: likewise -> letters of its axes.
    rows: the letter along which inputs may be repeated, that of the batch.
    """

    function: str
    specs: Mapping[str, tf.TensorSpec]
    axes: Mapping[str, Sequence[str]]
    rows: str

    def fit(self, inputs: Mapping[str, Any]) -> dict[str, tf.Tensor]:
        """Returns the inputs as tensors with all of their axes.

        Raises:
          SavedModelError: if an input is of another type.
          ShapeError: if an input has other axes, two lengths contradict each other, or nothing tells one.
        """
        tensors = {name: self._tensor(name, value) for name, value in inputs.items()}
        told: dict[str, list[Length]] = {}
        for name, tensor in tensors.items():
            for place, letter in enumerate(self.axes[name] if tensor.shape.rank else ()):
                known = tensor.shape[place]
                entries = tf.shape(tensor)[place] if known is None else known
                told.setdefault(letter, []).append(Length(entries, name))
        lengths = {letter: self._agreed(letter, found) for letter, found in told.items()}
        return {name: self._with_all_axes(name, tensor, lengths) for name, tensor in tensors.items()}

    def _tensor(self, name: str, value: Any) -> tf.Tensor:
        spec = self.specs[name]
        try:
            tensor = tf.convert_to_tensor(value, spec.dtype)
        except (TypeError, ValueError) as error:
            kind = value.dtype.name if tf.is_tensor(value) else brief(value)
            raise SavedModelError(f"{self._takes(name)} {spec.dtype.name}; got {kind}. Convert it") from error
        if tensor.shape.rank is None:
            return tf.ensure_shape(tensor, spec.shape)
        if tensor.shape.rank not in (0, len(self.axes[name])):
            raise ShapeError(f"{self._takes(name)} {self._shape(name)} or a scalar; got the shape {tensor.shape}")
        return tensor

    def _agreed(self, letter: str, found: Sequence[Length]) -> Length:
        """The length of an axis to which inputs are repeated."""
        many = [length for length in found if length.known != 1] or list(found)
        agreed = min(many, key=lambda length: length.known is None)
        for length in found:
            repeated = letter == self.rows and length.known == 1
            if None not in (length.known, agreed.known) and length.known != agreed.known and not repeated:
                raise ShapeError(
                    f"the exported function '{self.function}' got {agreed.told_by} with {agreed.known} and "
                    f"{length.told_by} with {length.known} entries along {letter}; give as many of both, or a scalar"
                )
        return agreed

    def _with_all_axes(self, name: str, tensor: tf.Tensor, lengths: Mapping[str, Length]) -> tf.Tensor:
        letters, repeated = self.axes[name], tensor.shape.rank < len(self.axes[name])
        untold = {*letters} - {*lengths, self.rows}
        if untold:
            raise ShapeError(
                f"{self._takes(name)} {self._shape(name)}; got a scalar, and no input tells the length of "
                f"{', '.join(sorted(untold))}. Give all of its axes"
            )
        if self.rows in letters and not repeated:
            repeated = tensor.shape[letters.index(self.rows)] == 1 != lengths[self.rows].known
        shape = [lengths[letter].entries if letter in lengths else 1 for letter in letters]
        return tf.broadcast_to(tensor, shape) if repeated else tensor

    def _takes(self, name: str) -> str:
        return f"the exported function '{self.function}' takes {name} as"

    def _shape(self, name: str) -> str:
        return f"[{', '.join(self.axes[name])}]"
