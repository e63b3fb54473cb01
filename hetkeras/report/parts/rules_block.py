"""Forecast rules as a table: the lines of a run, and how well they fit what happened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Cell, Table, Text, cells
from hetkeras.report.parts.reading import number, read_rows

RULES = "rules.csv"
OUTCOMES = {
    "capital": ("mean_capital", "next period's mean capital"),
    "price": ("price", "price"),
    "wage": ("wage",) * 2,
}
SAID = (
    "Forecast rules: the log of each outcome is a line in the log of mean capital, one for each aggregate state. R² "
    "takes the state about its own mean; of a state that was hardly visited it says little."
)


def rules_block(path: Path, numbers: Mapping[str, Any]) -> tuple[Block, ...]:
    """Returns intercepts, slopes and R² by aggregate state, lowest first; nothing where a run has no such lines.

    Args:
      path: of the rules.
      numbers: content of diagnostics.json.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    if not path.exists():
        return ()
    rows = read_rows(path, ("capital_intercept", "capital_slope"))
    outcomes = [name for name in OUTCOMES if f"{name}_intercept" in rows[0]]
    states = _states(numbers)
    lines = []
    for line, row in enumerate(rows, 2):
        state = states[line - 2] if len(states) == len(rows) else f"state {line - 1}"
        found = [
            (*_line(path, line, row, name), _fit(numbers, f"forecast_r2_{OUTCOMES[name][0]}_{state}"))
            for name in outcomes
        ]
        lines.append((Cell(formats.words(state)), *(cell for each in found for cell in each)))
    header = ("aggregate state", *("intercept", "slope", "R²") * len(outcomes))
    spans = (("", 1), *((OUTCOMES[name][1], 3) for name in outcomes))
    return Text(SAID), Table(header, tuple(lines), spans)


def _states(numbers: Mapping[str, Any]) -> list[str]:
    """What diagnostics call the aggregate states that they tell of."""
    prefix = "forecast_r2_mean_capital_"
    return [name.removeprefix(prefix) for name in numbers if name.startswith(prefix)]


def _line(path: Path, line: int, row: Mapping[str, str], name: str) -> tuple[Cell, ...]:
    return cells(*(formats.fixed(number(path, line, row, f"{name}_{part}"), 4) for part in ("intercept", "slope")))


def _fit(numbers: Mapping[str, Any], name: str) -> Cell:
    if name not in numbers:
        return Cell(formats.ABSENT)
    return Cell(formats.NOT_FINITE, "bad") if numbers[name] is None else Cell(formats.fit(numbers[name]))
