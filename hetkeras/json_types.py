"""Values read from JSON against a type: what is valid JSON may still have the wrong shape."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator
from typing import Any

WORDS = {dict: "an object", list: "a list", str: "a text", int: "a whole number", float: "a number", bool: "a truth"}
LONGEST = 60  # characters of a value in a message


def misfit(value: Any, kind: Any, name: str) -> str | None:
    """One sentence on the first part of a value that is not of its type; None if all of it is.

    Args:
      value: as `json` reads it.
      kind: a scalar, None, a union, `list[...]`, `tuple[...]` of so many entries, `dict[str, ...]`, a `TypedDict` whose
        further keys are free, or Any.
      name: of the value, for the sentence.
    """
    return next(_misfits(value, kind, name), None)


def _misfits(value: Any, kind: Any, name: str) -> Iterator[str]:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if typing.is_typeddict(kind):
        yield from _object_misfits(value, kind, name)
    elif origin is dict:
        yield from _refused(value, dict, name) or _each(value.items(), parts[1], name)
    elif origin is list:
        yield from _refused(value, list, name) or _each(enumerate(value), parts[0], name)
    elif origin is tuple:
        fits = isinstance(value, list) and len(value) == len(parts)
        if not fits:
            yield f"{name} is {_brief(value)}; expected a list of {len(parts)}"
        else:
            for place, (entry, part) in enumerate(zip(value, parts, strict=True)):
                yield from _misfits(entry, part, f"{name}.{place}")
    elif kind is not Any and not any(_is(value, each) for each in parts or (kind,)):
        yield f"{name} is {_brief(value)}; expected {' or '.join(map(_word, parts or (kind,)))}"


def _object_misfits(value: Any, kind: Any, name: str) -> Iterator[str]:
    yield from (refused := _refused(value, dict, name))
    if refused:
        return
    yield from (f"{name} has no '{key}'" for key in sorted(kind.__required_keys__ - value.keys()))
    for key, part in typing.get_type_hints(kind).items():
        if key in value:
            yield from _misfits(value[key], part, f"{name}.{key}")


def _each(items: Iterable[tuple[Any, Any]], kind: Any, name: str) -> Iterable[str]:
    for key, entry in items:
        yield from _misfits(entry, kind, f"{name}.{key}")


def _refused(value: Any, kind: type, name: str) -> list[str]:
    return [] if isinstance(value, kind) else [f"{name} is {_brief(value)}; expected {WORDS[kind]}"]


def _is(value: Any, kind: Any) -> bool:
    if kind in (int, float):
        return isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
    return isinstance(value, type(None) if kind is None else kind)


def _word(kind: Any) -> str:
    return WORDS.get(kind, "null")


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
