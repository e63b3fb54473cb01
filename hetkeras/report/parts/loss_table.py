"""Losses on fresh paths, for the two examples of Huang and Yu (2024) beside those of their Tables 1 and 2."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Cell, Table, Text, cells
from hetkeras.report.parts.reading import number, read_rows
from hetkeras.report.studies.cases import Case, read_published

LOSSES = "losses.csv"
KINDS = ("analytic", "probabilistic")
NOTES = (
    "Loss over V², statistics over fresh paths. The paper states neither its parameters nor its step of time.",
    "Such losses are no statement of accuracy: they shrink with the square of that step. With a discount rate of .05 "
    "and steps of .01 years, a value that is 5 % too high everywhere has an analytic loss of 6e-10. Whether the value "
    "is right is for the checks {checks} to say.",
)
ABOVE = "at the top of this page"
OWN_NOTE = (
    "Loss over V², statistics over fresh paths. Such losses are no statement of accuracy: they shrink with the square "
    "of the step of time. Whether the value is right is for the checks at the top of this page to say."
)


def loss_table(path: Path, paper: str = "", remark: str = "") -> tuple[Block, ...]:
    """Returns the statistics of one run, beside those of a paper if the model is from it; nothing if there are none.

    Args:
      path: of the run's statistics.
      paper: the file of published numbers; empty if the model is from no paper.
      remark: what else is to be said of them.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    if not path.exists():
        return ()
    ours, step, states = _read(path)
    if not paper:
        made = f" Taken with a step of time of {step}{_starts(states)}." if step else ""
        rows = tuple(_row(name, ours) for name in ours)
        return (Table(("loss on fresh paths", *KINDS), rows), Text(OWN_NOTE + made))
    papers = read_published(paper)
    theirs = {row["statistic"]: [row[kind] for kind in KINDS] for row in papers}
    rows = tuple(_row(name, theirs, ours) for name in {**theirs, **ours})
    spans = (("", 1), (papers[0]["source"], 2), ("hetkeras", 2))
    return (Table(("loss on fresh paths", *KINDS, *KINDS), rows, spans), _notes(ABOVE, [_made(step, states)], remark))


def loss_study(cases: Sequence[Case], paper: str, remark: str = "") -> tuple[Block, ...]:
    """Returns the published statistics and those of the first seed of each case that has a file of them.

    Arguments are those of `loss_table`, for cases.

    Raises:
      RunDirectoryError: if a table is damaged.
    """
    first: dict[str, Path] = {}
    for case in cases:
        path = case.directory / LOSSES
        if case.run_dir and path.exists():
            first.setdefault(f"{case.group}, {case.description}", path)
    if not first:
        return (Text(f"No case has a file {LOSSES}."),)
    papers = read_published(paper)
    names = [row["statistic"] for row in papers]
    lines, made = {papers[0]["source"]: {row["statistic"]: [row[kind] for kind in KINDS] for row in papers}}, []
    for name, path in first.items():
        lines[name], *about = _read(path)
        made.append(_made(*about))
    header = ("", *names, *names)
    rows = []
    for name, found in lines.items():
        texts = [[found.get(each, (formats.ABSENT,) * 2)[kind] for each in names] for kind in range(len(KINDS))]
        rows.append(cells(name, *texts[0], *texts[1]))
    spans = (("", 1), *((f"{kind} loss", len(names)) for kind in KINDS))
    return (Table(header, tuple(rows), spans), _notes("of each solve", made, remark))


def _read(path: Path) -> tuple[dict[str, list[str]], str, str]:
    """Statistic -> its two losses; the step and the number of states they were made with, as far as the file says."""
    found = read_rows(path, ("statistic", *KINDS))
    losses = {
        row["statistic"]: [_loss(number(path, line, row, kind)) for kind in KINDS] for line, row in enumerate(found, 2)
    }
    made = (dict.fromkeys(row[name] for row in found if row.get(name)) for name in ("step", "states"))
    step, states = map(", ".join, made)
    return losses, step, states


def _made(step: str, states: str) -> str:
    return f"a step of {step} years{_starts(states)}" if step else ""


def _starts(states: str) -> str:
    return f" from each of {states} states" if states else ""


def _notes(checks: str, made: Sequence[str], remark: str) -> Text:
    ours = "; ".join(dict.fromkeys(filter(None, made)))
    said = [
        NOTES[0],
        *filter(None, [remark]),
        NOTES[1].format(checks=checks),
        *([f"Ours are of {ours}."] if ours else []),
    ]
    return Text(" ".join(said))


def _row(name: str, *sources: Mapping[str, Sequence[str]]) -> tuple[Cell, ...]:
    return cells(name, *(text for source in sources for text in source.get(name, (formats.ABSENT,) * 2)))


def _loss(value: float) -> str:
    return f"{value:.2e}" if math.isfinite(value) else formats.scientific(value)
