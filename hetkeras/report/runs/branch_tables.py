"""Tables of a run in which firms choose in branches, without published numbers: the model is somebody's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hetkeras.report.parts.content import Block, Table, Text, cells
from hetkeras.report.studies.bloom_tables import classification_rows, present_rows, visited_states
from hetkeras.report.studies.krusell_smith_rows import FIT, OUTCOMES, Statistic, in_percent
from hetkeras.report.studies.krusell_smith_tables import run_table, written_cell

CYCLE = "Business cycle: logs, Hodrick-Prescott filter, burn-in left out."
FORECAST = "Accuracy of the forecast rules. R² takes each aggregate state about its own mean."
STATE = (
    "The same by aggregate state: productivity of all, today's uncertainty, the last period's; 0 is low. Of a state "
    "that was visited a few times R² says little."
)
CLASSIFIED = (
    "Branches against exact choices of firms that expect the same, at all nodes, states and ten levels of mean "
    "capital. Exact choices are on nodes: one who invests by less than a node where the exact choice waits counts as "
    "right. Deviations are those of points in the wrong branch."
)


def own_tables(numbers: Mapping[str, Any], units: Mapping[str, str]) -> tuple[Block, ...]:
    """Returns cycle, accuracy and, where it was measured, classification, each under a sentence on it.

    Args:
      numbers: content of diagnostics.json.
      units: of the model's states and choices.
    """
    blocks: list[Block] = []
    for text, name in ((CYCLE, "cycle"), (FORECAST, "forecast")):
        blocks += [Text(text), run_table(name, present_rows(name, numbers), numbers)]
    blocks += [Text(STATE), _by_state(numbers)]
    if "classified" in numbers:
        rows = classification_rows(*(units.get(name, "own units") for name in ("capital_next", "labor")))
        blocks += [Text(CLASSIFIED), run_table("classification", rows, numbers)]
    return tuple(blocks)


def _by_state(numbers: Mapping[str, Any]) -> Table:
    kinds = {"rmse": ("RMSE (%)", in_percent), "r2": ("R²", FIT)}
    columns = [(outcome, kind) for outcome in OUTCOMES for kind in kinds]
    rows = []
    for state in visited_states(numbers):
        found = (Statistic("", f"forecast_{kind}_{outcome}_{state}", kinds[kind][1]) for outcome, kind in columns)
        rows.append((*cells(state.replace("_", " ")), *(written_cell(numbers, row) for row in found)))
    header = ("", *(f"{OUTCOMES[outcome]}, {kinds[kind][0]}" for outcome, kind in columns))
    return Table(header, tuple(rows))
