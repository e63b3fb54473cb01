"""What checks of models share, whatever the method: their order, and what a member of a model gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

Check = Callable[..., Iterable[str]]
"""Takes a model, and what has been drawn from it; yields a sentence for each problem."""


def until_one_speaks(checks: Sequence[Check], *subjects: Any) -> Iterator[str]:
    """Yields the problems of the first check that finds any: each relies on what those before it found sound."""
    for check in checks:
        problems = list(check(*subjects))
        yield from problems
        if problems:
            return


def misshapen(
    model: Any, name: str, dtype: tf.DType, shapes: Collection[tuple[int, ...]], arguments: tuple[Any, ...], where: str
) -> str | None:
    """Says that a method of a model fails, or gives another shape, type or number than it should; None if it is sound.

    Args:
      model: whose method.
      name: of the method.
      dtype: of its arguments, and of all tensors that it gives.
      shapes: that these may have, the usual one first.
      arguments: tensors, or tuples of tensors.
      where: that they are at, for the reader.
    """
    try:
        values = tf.nest.flatten(getattr(model, name)(*arguments))
    except (tf.errors.InvalidArgumentError, TypeError, ValueError) as error:
        return f"{name} fails on {dtype.name} tensors: {str(error).splitlines()[0]}"
    for value in values:
        if tuple(value.shape) not in shapes or value.dtype != dtype:
            expected = next(iter(shapes))
            return f"{name} gives {value.dtype.name} {tuple(value.shape)}; expected {dtype.name} {expected}"
        if not np.isfinite(value).all():
            return f"{name} is NaN or infinite at {where}; expected finite numbers"
    return None
