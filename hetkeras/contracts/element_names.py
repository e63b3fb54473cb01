"""Names: of elements that a calibration may have, and of their states and flips in what is exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class FlipNames(NamedTuple):
    """Names of the binary states, of what one is worth, and of the choice to switch it on."""

    binary: str
    gain: str
    choice: str


def name_problems(field: str, names: Sequence[str], count: int) -> Iterator[str]:
    """Yields a sentence if names are too few or too many, empty or there twice; none at all are fine."""
    if len(names) not in (0, count):
        yield f"{field} has {len(names)} names; expected none or {count}"
    if not all(name.strip() for name in names):
        yield f"{field} has an empty name; expected words"
    if len({*names}) < len(names):
        yield f"{field} has {len(names)} names of which {len({*names})} differ; expected each once"


def numbered(name: str, count: int) -> tuple[str, ...]:
    """The name, or as many as there are with a number each."""
    return (name,) if count == 1 else tuple(f"{name}_{k + 1}" for k in range(count))
