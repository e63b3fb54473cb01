"""Figures of a run that solves for a value over binary states, from the tables that lie in its directory."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Picture, Text, absent
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.loss_table import LOSSES, loss_table
from hetkeras.report.parts.published import published
from hetkeras.report.parts.reading import read_columns
from hetkeras.report.parts.series import broken_numbers
from hetkeras.report.runs.element_page import FEWEST, MEASURED, element_pictures, line_text, range_table
from hetkeras.report.runs.flip_figures import (
    Scatter,
    TransitionLabels,
    opportunity_figure,
    regress,
    scatter_figure,
    transition_figure,
    varies,
)
from hetkeras.report.runs.names import named_elements

ELEMENTS, ENTRY, TRANSITION = "elements.csv", "entry_probability.csv", "transition.csv"
FILES = (ELEMENTS, ENTRY, TRANSITION)
MODEL, PAPER = "ExportEntry", "huang_yu_2024_table1"
FIGURE = "Figure 1 of Huang and Yu (2024)"
FACTS = {
    "revenue": "revenue, a year",
    "mean_cost": "cost, mean over time, a year",
    "entry_cost": "cost of switching it on",
    "contribution": "contribution to the profits of all others, a year",
}
AXES = {"revenue": "revenue (a year)", "contribution": "contribution to the profits of all others (a year)"}
HELP = (
    "Contribution is what it adds in a year to the profits of all others if these are on: the line rises if elements "
    "that help others are worth more to the firm than their own revenue says, which is complementarity."
)
CURVES = {
    "taken_0": "none of the others",
    "taken_50": "half of the others",
    "taken_90": "nine in ten of the others",
}
PATHS = {"usual": "without the shock", "shocked": "with the shock"}
LABELS = TransitionLabels(
    "years after the shock", "active elements (%)", "entries\n(a firm in a year)", "exits\n(a firm in a year)"
)
NONE = 5e-4  # shares that differ by less are the same on the page


def flip_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns the figures of the three tables, each or a sentence in its place, and the losses if there are any.

    Raises:
      RunDirectoryError: if a table is damaged.
    """
    ours = published(directory, MODEL)
    transition = _transition(directory / TRANSITION, ours)
    losses = loss_table(directory / LOSSES, PAPER if ours else "")
    return (*_elements(directory, ours), *_opportunities(directory / ENTRY), *transition, *losses)


# --- elements ------------------------------------------------------------------------------------------------
def _elements(directory: Path, ours: bool) -> tuple[Block, ...]:
    path = directory / ELEMENTS
    if not path.exists():
        return (absent(ELEMENTS, "what elements are worth is not drawn"),)
    metadata = read_metadata(directory)
    if not ours:
        return element_pictures(path, metadata)
    columns = read_columns(path, tuple(MEASURED), tuple(FACTS))
    table = range_table(columns, MEASURED | FACTS, f"{columns['worth'].size:,} elements that are on or off")
    unit = str(metadata.get("units", {}).get("value", ""))
    named = named_elements(path, MEASURED)
    return (*broken_numbers(ELEMENTS, columns), table, *named, *_complementarity(columns, unit))


def _complementarity(columns: Columns, unit: str) -> tuple[Block, ...]:
    """Figure 1: worth against revenue, and what is left of it against contribution."""
    if "revenue" not in columns:
        return (Text(f"{ELEMENTS} has no column revenue: {FIGURE} is not drawn."),)
    names = [name for name in ("worth", "revenue", "contribution") if name in columns]
    known = np.all([np.isfinite(columns[name]) for name in names], axis=0)
    kept = known & (columns["worth"] > 0)
    if kept.sum() < FEWEST:
        text = f"{kept.sum()} elements are worth more than nothing, expected at least {FEWEST} for a regression"
        return (Text(f"{text}: {FIGURE} is not drawn."),)
    used = {name: columns[name][kept] for name in names}
    if not any(varies(used[name]) for name in names[1:]):
        same = " and ".join(f"{name} {formats.plain(float(used[name][0]))}" for name in names[1:])
        return (Text(f"All elements have the same {same}: there is nothing to draw, and {FIGURE} is left out."),)
    return _scatters(used, int((known & ~kept).sum()), unit)


def _scatters(used: Columns, worthless: int, unit: str) -> tuple[Block, ...]:
    """Panels for what varies, and a sentence for what does not."""
    line = regress(used["revenue"], used["worth"])
    rest = used["worth"] - line.at(used["revenue"])
    unexplained = "worth that revenue\ndoes not explain" if varies(used["revenue"]) else "worth less its mean"
    without = f", without {worthless} that are worth nothing or less, as in the paper" if worthless else ""
    panels, said = [], [f"{FIGURE}: one point is one element{without}."]
    for name, y, label in (("revenue", used["worth"], "worth"), ("contribution", rest, unexplained)):
        if name in used and varies(used[name]):
            panels.append(Scatter(AXES[name], label, used[name], y, regress(used[name], y)))
            said.append(f"{label.capitalize()} against {name}: {line_text(panels[-1].line)}.")
    said.append(
        f"Worth is what an element adds to the value, mean over long-run states{f', in {unit}' if unit else ''}."
    )
    if panels[-1].x_label == AXES["contribution"]:
        said.append(HELP)
    description = "Worth of elements against revenue and contribution, with regression lines"
    return (Picture(scatter_figure(panels), description, " ".join(said)), *_not_drawn(used))


def _not_drawn(used: Columns) -> tuple[Text, ...]:
    """Says which panel is missing and why."""
    if "contribution" not in used:
        return (Text(f"{ELEMENTS} has no column contribution: the right panel of {FIGURE} is not drawn."),)
    same = [name for name in ("revenue", "contribution") if not varies(used[name])]
    return tuple(
        Text(f"{name.capitalize()} is the same for all elements: nothing is drawn against it.") for name in same
    )


# --- opportunities and transition ----------------------------------------------------------------------------
def _opportunities(path: Path) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(path.name, "which opportunities are taken is not drawn"),)
    columns = read_columns(path, ("impulses", *CURVES))
    figure = opportunity_figure(columns["impulses"], {label: columns[name] for name, label in CURVES.items()})
    caption = (
        "Share of opportunities to switch an element on that are taken, mean over elements that are off, where an "
        "aggregate shock has moved the states from rest. Each curve has another share of the others switched on, hence "
        "is the mean over other elements; for the rest, the further apart the curves, the more elements help each "
        f"other. {_widening(columns)}"
    )
    drawn = Picture(figure, "Share of opportunities taken by aggregate shock", caption.strip())
    return (*broken_numbers(path.name, columns), drawn)


def _widening(columns: Columns) -> str:
    """Says by how much the range of shocks at which opportunities are taken grows from the first curve to the last."""
    first, *_, last = (columns[name] for name in CURVES)
    wider = float(np.trapezoid(last - first, columns["impulses"]))
    if not math.isfinite(wider):
        return ""
    if np.abs(last - first).max() < NONE:
        return "Here they coincide: it makes no difference what else is on."
    return (
        f"With nine in ten of the others on, the range of shocks at which an element is taken up is {abs(wider):.2f} "
        f"standard deviations {'wider' if wider > 0 else 'narrower'} than with none on, within what is drawn."
    )


def _transition(path: Path, ours: bool) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(path.name, "what an aggregate shock does is not drawn (it takes flips whose rate has a bound)"),)
    series = {part: {name: f"{part}_{name}" for name in PATHS} for part in ("active", "entries", "exits")}
    columns = read_columns(path, ("time", *(column for names in series.values() for column in names.values())))
    active, entries, exits = (
        {PATHS[name]: columns[column] for name, column in names.items()} for names in series.values()
    )
    whose, when = ("A firm's elements", "in year 0") if ours else ("Binary states", "at time 0")
    caption = (
        f"{whose} after one standard deviation (of the long-run distribution) of the first aggregate shock {when}, and "
        "without it. Both have the same luck, so that they differ by the shock alone. "
        f"{_largest_gap(columns, 'after {} years' if ours else 'at time {}')}"
    )
    figure = transition_figure(columns["time"], active, entries, exits, LABELS if ours else TransitionLabels())
    drawn = Picture(figure, "Active share, entries and exits over time, with a shock and without it", caption.strip())
    return (*broken_numbers(path.name, columns), drawn)


def _largest_gap(columns: Columns, when: str) -> str:
    """Says by how much the active share moves at most; {} in `when` stands for the time."""
    gap = 100 * (columns["active_shocked"] - columns["active_usual"])
    if not np.isfinite(gap).all():
        return ""
    if np.abs(gap).max() < 100 * NONE:
        return "The shock does not move the active share."
    most = int(np.abs(gap).argmax())
    moment = when.format(formats.plain(float(columns["time"][most])))
    return (
        f"The active share moves most {moment}, by {_signed(gap[most])} percentage points; at the end "
        f"{_signed(gap[-1])} are left."
    )


def _signed(points: float) -> str:
    return "0" if abs(points) < 100 * NONE else f"{points:+.2f}".replace("-", "−")
