"""Names of elements that a calibration may have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def name_problems(field: str, names: Sequence[str], count: int) -> Iterator[str]:
    """Yields a sentence if names are too few or too many, empty or there twice; none at all are fine."""
    if len(names) not in (0, count):
        yield f"{field} has {len(names)} names; expected none or {count}"
    if not all(name.strip() for name in names):
        yield f"{field} has an empty name; expected words"
    if len({*names}) < len(names):
        yield f"{field} has {len(names)} names of which {len({*names})} differ; expected each once"
