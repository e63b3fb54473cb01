"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Returns rows as aligned text."""
    cells = [[*header], *[[text(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


class Table:
    """A table on the terminal whose rows come one after the other.

    Args:
      header: of the columns.
      widths: of the columns; what is longer moves the rest of its row.
    """

    def __init__(self, header: Sequence[str], widths: Sequence[int]) -> None:
        self._widths = widths
        self._print(header)
        self._print(["-" * width for width in widths])

    def row(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Prints a row and returns it."""
        self._print([text(cell) for cell in cells])
        return cells

    def _print(self, cells: Sequence[str]) -> None:
        row = "  ".join(cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True))
        print(row.rstrip(), flush=True)


def text(value: Any) -> str:
    """A cell in a few characters."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
