"""One call after another, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hetkeras.sweeps.engine import Call, Ended


class Serial:
    """An engine without workers: calls need not be picklable, and a kill ends everything."""

    def run(self, calls: Sequence[Call]) -> Iterator[Ended]:
        for place, call in enumerate(calls):
            yield Ended(place, call())

    def close(self) -> None:
        """Nothing is left to end."""
