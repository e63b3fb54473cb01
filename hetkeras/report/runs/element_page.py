"""Binary states of a model that is in no paper: what each is worth, against what the model tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Picture, Table, Text, cells
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.published import binary_name, labeled
from hetkeras.report.parts.reading import read_columns, read_rows
from hetkeras.report.parts.series import broken_numbers
from hetkeras.report.runs.flip_figures import Line, Scatter, regress, scatter_figure, varies
from hetkeras.report.runs.names import named_elements

MEASURED = {
    "worth": "worth: value with it less value without it",
    "active": "share of time that it is on",
    "accepted": "share of its opportunities that are taken",
}
FEWEST = 3  # points of a regression


def element_pictures(path: Path, metadata: Mapping[str, Any]) -> tuple[Block, ...]:
    """Returns the range of every column over the binary states, and worth against all that the model tells of them.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    row = read_rows(path, tuple(MEASURED))[0]
    facts = [name for name in row if name not in ("element", "name", *MEASURED) and _is_number(row[name])]
    columns = read_columns(path, (*MEASURED, *facts))
    name = binary_name(metadata)
    title = f"{columns['worth'].size:,} binary states" + (f" ({name})" if name else "")
    labels = MEASURED | {fact: labeled(metadata, fact) for fact in facts}
    drawn = _scatters(columns, facts, metadata)
    tables = range_table(columns, labels, title), *named_elements(path, MEASURED)
    return (*broken_numbers(path.name, columns), *tables, *drawn)


def range_table(columns: Columns, labels: Mapping[str, str], title: str) -> Table:
    """Lowest, median and highest finite number of each column that there is.

    Args:
      columns: name -> numbers [J].
      labels: of the columns, in the order of the rows.
      title: heading of the labels.
    """
    rows = []
    for name, label in labels.items():
        values = columns.get(name, np.array([]))
        values = values[np.isfinite(values)]
        if values.size:
            rows.append(cells(label, *(formats.plain(float(part(values))) for part in (np.min, np.median, np.max))))
    return Table((title, "lowest", "median", "highest"), tuple(rows))


def line_text(line: Line) -> str:
    """Says slope and fit of a regression."""
    return f"slope {formats.plain(line.slope)}, R² {formats.fixed(line.fit, 3)}"


def _scatters(columns: Columns, facts: list[str], metadata: Mapping[str, Any]) -> tuple[Block, ...]:
    panels, said = [], ["One point is one binary state, an element."]
    for fact in facts:
        known = np.isfinite(columns["worth"]) & np.isfinite(columns[fact])
        x, y = columns[fact][known], columns["worth"][known]
        if known.sum() < FEWEST or not varies(x):
            continue
        panels.append(Scatter(labeled(metadata, fact), labeled(metadata, "value", "worth"), x, y, regress(x, y)))
        said.append(f"Worth against {formats.words(fact)}: {line_text(panels[-1].line)}.")
    if not panels:
        return (Text("Nothing that the model tells of its binary states varies: their worth is not drawn."),)
    unit = metadata.get("units", {}).get("value")
    said.append(f"Worth is what it adds to the value, mean over long-run states{f', in {unit}' if unit else ''}.")
    return (Picture(scatter_figure(panels), "Worth of binary states, with regression lines", " ".join(said)),)


def _is_number(text: str) -> bool:
    """Whether a column that starts so is of numbers; names of the binary states are not."""
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True
