"""Rows of cases as they come, also of those whose workers are killed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hetkeras.sweeps.case_folder import Row, failed, keep
from hetkeras.sweeps.engine import Call, Engine

TRIES = 3  # of a case whose workers are killed


def rows_of(engine: Engine, calls: Mapping[int, Call], folders: Sequence[Path]) -> Iterator[tuple[int, Row]]:
    """Each place with the row that its call gives, or that says how its workers were lost.

    Args:
      engine: what runs the calls.
      calls: by place.
      folders: of the cases, by place.

    Raises:
      OSError: if a row cannot be written.
    """
    left = dict(calls)
    for last in range(TRIES):
        if not (places := list(left)):
            return
        for ended in engine.run([left[place] for place in places]):
            place = places[ended.place]
            if not ended.lost:
                del left[place]
                yield place, ended.value
            elif last == TRIES - 1:
                yield place, keep(folders[place], failed(f"{ended.lost}, {TRIES} times"))
