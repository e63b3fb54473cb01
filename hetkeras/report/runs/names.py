"""Names of destinations and sectors on a page, where a solution has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Table, cells
from hetkeras.report.parts.reading import read_columns, read_rows

MOST = 40  # elements that are listed


def named_elements(path: Path, labels: Mapping[str, str]) -> tuple[Block, ...]:
    """Returns elements by name with their columns of numbers, those of most worth first; nothing if they have no names.

    Args:
      path: of a table with a row for each element.
      labels: column -> heading; `worth` among them.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    rows = read_rows(path, tuple(labels))
    if "name" not in rows[0]:
        return ()
    columns = read_columns(path, tuple(labels))
    order = np.argsort(-np.nan_to_num(columns["worth"], nan=-np.inf), kind="stable")[:MOST]
    lines = [cells(rows[j]["name"], *(formats.plain(float(columns[name][j])) for name in labels)) for j in order]
    title = "name" if len(rows) <= MOST else f"name ({MOST} of {len(rows):,}, those of most worth)"
    return (Table((title, *labels.values()), tuple(lines)),)


def sector_names(path: Path) -> dict[int, str]:
    """Returns the name of each sector by its number, as the table of links has them; empty if they have none.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    rows = read_rows(path, ("user",))
    return {int(float(row["user"])): row["user_name"] for row in rows if row.get("user_name")}


def sector_table(names: Mapping[int, str], node: str) -> tuple[Block, ...]:
    """Returns what the numbers in figures stand for; nothing if there are no names."""
    rows = tuple(cells(str(number), name) for number, name in sorted(names.items()))
    return (Table((node, "name"), rows, numbers_from=2),) if rows else ()
