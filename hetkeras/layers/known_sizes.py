"""Sizes of axes that a layer must know before it makes its weights."""

from __future__ import annotations

from hetkeras.errors import ShapeError


def known_sizes(shape: tuple[int | None, ...], count: int) -> tuple[int, ...]:
    """The sizes of the last `count` axes of an input.

    Raises:
      ShapeError: if one of them is not known.
    """
    sizes = tuple(size for size in shape[-count:] if size is not None)
    if len(sizes) != count:
        raise ShapeError(f"a layer got an input of shape {tuple(shape)}; expected known sizes of its last {count} axes")
    return sizes
