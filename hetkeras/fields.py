"""Fields of calibrations: which values a type allows, and how they are read from text.

Allowed are int, float, bool, str, choices (`Literal["log", "power"]`), tuples of them, nested as deep as you like, and
`None` beside any (`float | None`). `Annotated[float, Interval(gt=0, lt=1), "of a period"]` adds a range, in the words
of `annotated_types`, and a line of help.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import annotated_types
import numpy as np

SCALARS = (int, float, bool, str)
SEPARATORS = ",;|"  # between the numbers of a tuple, its rows, their layers
TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
RELATIONS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


class Field(NamedTuple):
    """kind: the type without what is beside it; optional: whether None is allowed; bounds: of numbers; help: a line."""

    kind: Any
    optional: bool
    bounds: tuple[tuple[str, Any], ...]
    help: str

    @property
    def depth(self) -> int:
        """0 for a scalar, 1 for a tuple of scalars, 2 for a tuple of tuples."""
        return _depth(self.kind)

    @property
    def scalar(self) -> Any:
        """The type of the value, or of the innermost entries of a tuple."""
        kind = self.kind
        while typing.get_origin(kind) is tuple:
            kind = typing.get_args(kind)[0]
        return kind

    @property
    def choices(self) -> tuple[Any, ...] | None:
        return typing.get_args(self.scalar) if typing.get_origin(self.scalar) is Literal else None


def field(name: str, annotation: Any) -> Field:
    """Understands an annotation.

    Raises:
      TypeError: if a calibration cannot hold such a field.
    """
    extras: list[Any] = []
    while typing.get_origin(annotation) is typing.Annotated:
        annotation, *more = typing.get_args(annotation)
        extras += more
    union, optional = _members(annotation), False
    if len(union) == 2 and type(None) in union:
        inner = field(name, next(member for member in union if member is not type(None)))
        annotation, optional = inner.kind, True
        extras = [annotated_types.Interval(**dict(inner.bounds)), *extras] if inner.bounds else extras
    found = Field(annotation, optional, tuple(_bounds(extras)), next((e for e in extras if isinstance(e, str)), ""))
    if found.scalar not in SCALARS and found.choices is None:
        raise TypeError(
            f"the field '{name}' has the type {_words(annotation)}; expected int, float, bool, str, Literal[...] or "
            "(nested) tuples of them, such as tuple[tuple[float, ...], ...] for a matrix"
        )
    return found


def frozen(value: Any, kind: Field) -> Any:
    """Lists and arrays as (nested) tuples of Python's numbers, where tuples are expected; else the value itself."""
    if kind.depth and isinstance(value, np.ndarray):
        value = value.tolist()
    return _tuples(value, kind.depth) if kind.depth else value.item() if isinstance(value, np.generic) else value


def type_expected(value: Any, kind: Field) -> str | None:
    """What is expected of a value that is not of its type; None if it is."""
    if value is None and kind.optional:
        return None
    if kind.depth and not isinstance(value, tuple):
        return f"a tuple of {_entries(kind)}"
    entries = list(_flat(value, kind.depth))
    if any(entry is _SHALLOW for entry in entries):
        return f"a tuple of {_entries(kind)}, {kind.depth} deep"
    if not all(_fits(entry, kind) for entry in entries):
        return f"{_expected(kind)}{' entries' if kind.depth else ''}"
    return None


def range_expected(value: Any, kind: Field) -> str | None:
    """What is expected of a value of the right type that is outside its range; None if it is inside."""
    if value is None:
        return None
    held = (_holds(relation, entry, bound) for entry in _flat(value, kind.depth) for relation, bound in kind.bounds)
    return None if all(held) else _range(kind)


def read(text: str, kind: Field) -> Any:
    """The value that a text stands for.

    Raises:
      ValueError: saying what is expected.
    """
    if kind.optional and text.lower() == "none":
        return None
    try:
        return _read(text, kind, kind.depth)
    except (ValueError, KeyError) as error:
        raise ValueError(_readable(kind)) from error


def _read(text: str, kind: Field, depth: int) -> Any:
    if depth:
        return tuple(_read(part, kind, depth - 1) for part in text.split(SEPARATORS[depth - 1]))
    if kind.choices is not None:
        return {str(choice): choice for choice in kind.choices}[text]
    if kind.scalar in (int, float) and "_" in text:  # Python reads 1_0 as ten
        raise ValueError(text)
    return TRUTHS[text.lower()] if kind.scalar is bool else kind.scalar(text)


def _readable(kind: Field) -> str:
    if not kind.depth:
        return f"one {_words(kind.scalar)}" if kind.choices is None else _expected(kind)
    words = "numbers" if kind.scalar in (int, float) else "entries"
    return f"comma-separated {words}" + (", rows separated by semicolons" if kind.depth > 1 else "")


def _depth(kind: Any) -> int:
    return 1 + _depth(typing.get_args(kind)[0]) if typing.get_origin(kind) is tuple else 0


def _members(annotation: Any) -> tuple[Any, ...]:
    return typing.get_args(annotation) if typing.get_origin(annotation) in (types.UnionType, typing.Union) else ()


def _bounds(extras: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for extra in extras:
        for relation in RELATIONS:
            bound = getattr(extra, relation, None)
            if isinstance(extra, annotated_types.BaseMetadata | annotated_types.Interval) and bound is not None:
                yield relation, bound


def _tuples(value: Any, depth: int) -> Any:
    return tuple(_tuples(entry, depth - 1) for entry in value) if depth and isinstance(value, list | tuple) else value


_SHALLOW = object()  # stands where a tuple is expected


def _flat(value: Any, depth: int) -> Iterable[Any]:
    if not depth:
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from _flat(entry, depth - 1)
    else:
        yield _SHALLOW


def _fits(value: Any, kind: Field) -> bool:
    if kind.choices is not None:
        return value in kind.choices
    if kind.scalar in (bool, str):
        return isinstance(value, kind.scalar)
    if isinstance(value, bool) or not isinstance(value, int if kind.scalar is int else (int, float)):
        return False
    return abs(value) <= sys.float_info.max  # neither NaN nor infinite


def _holds(relation: str, value: Any, bound: Any) -> bool:
    return {"gt": value > bound, "ge": value >= bound, "lt": value < bound, "le": value <= bound}[relation]


def _expected(kind: Field) -> str:
    if kind.choices is not None:
        return "one of " + ", ".join(map(repr, kind.choices))
    return f"finite {_words(kind.scalar)}" if kind.scalar in (int, float) else _words(kind.scalar)


def _entries(kind: Field) -> str:
    return "numbers" if kind.scalar in (int, float) else f"{_expected(kind)} entries"


def _range(kind: Field) -> str:
    bounds = dict(kind.bounds)
    if bounds.keys() == {"gt", "lt"}:
        return f"strictly between {bounds['gt']} and {bounds['lt']}"
    if bounds.keys() == {"ge", "le"}:
        return f"from {bounds['ge']} to {bounds['le']}"
    return " and ".join(f"{RELATIONS[relation]} {bound}" for relation, bound in kind.bounds)


def _words(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind)) if typing.get_origin(kind) is None else str(kind)


def described(kind: Field) -> str:
    """The help and the range of a field in a line; empty if there are none."""
    return " ".join(part for part in (kind.help, f"({_range(kind)})" if kind.bounds else "") if part)
