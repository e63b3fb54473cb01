"""The curve of training: the loss and, where firms or households forecast, how far their rules moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hetkeras.report.parts.content import Block, Picture
from hetkeras.report.parts.figures import BLUE, decorate, finite, panel_grid
from hetkeras.report.parts.reading import number, read_rows

FILE = "training.csv"
SHOWN = {"loss": "loss", "economics/rules_distance": "change of the forecast rules, in logs"}
CAPTION = "What training reports by step, on a log scale. It is no proof: a small loss can belong to a wrong solution."


def training_block(path: Path) -> tuple[Block, ...]:
    """Draws the curve of training; nothing where a run left none.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    curves = read_curves(path)
    panels = {title: curves[name] for name, title in SHOWN.items() if name in curves}
    return (Picture(training_figure(panels), "The curve of training", CAPTION),) if panels else ()


def read_curves(path: Path) -> dict[str, np.ndarray]:
    """Metric -> steps and values, [2, K]; empty where a run left none.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    if not path.exists():
        return {}
    curves: dict[str, list[tuple[float, float]]] = {}
    for line, row in enumerate(read_rows(path, ("step", "metric", "value")), 2):
        point = number(path, line, row, "step"), number(path, line, row, "value")
        curves.setdefault(row["metric"], []).append(point)
    return {metric: np.array(points).T for metric, points in curves.items()}


def training_figure(panels: dict[str, np.ndarray]) -> Figure:
    """One panel for each metric.

    Args:
      panels: title -> steps and values, [2, K].
    """
    figure, rows = panel_grid(len(panels), share=False)
    for axes, (title, (step, value)) in zip(rows[0], panels.items(), strict=True):
        seen = finite(value) > 0
        few = "o" if seen.sum() <= 30 else ""
        axes.plot(step[seen], value[seen], color=BLUE, lw=1.6, marker=few, ms=4)
        axes.set_yscale("log")
        decorate(axes, "step", "", title)
    return figure
