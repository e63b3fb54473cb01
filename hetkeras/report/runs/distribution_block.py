"""Who adjusts, how firms are spread over capital, and by how much they invest, from a run's tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hetkeras.report.parts.content import Block, Picture
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.published import labeled
from hetkeras.report.parts.reading import read_columns, read_rows
from hetkeras.report.parts.series import broken_numbers
from hetkeras.report.parts.series_figures import Curves
from hetkeras.report.runs.distribution_figure import distribution_figure

ADJUSTMENT, CAPITALS, RATES = "adjustment_slice.csv", "capital_distribution.csv", "investment_rates.csv"


def distribution_block(directory: Path, caption: str) -> tuple[Block, ...]:
    """The probability of adjusting by capital, and the spread of firms over capital and investment rates.

    Args:
      directory: of the run; what has no table there is not drawn.
      caption: of the figure.

    Raises:
      RunDirectoryError: if a table is damaged.
    """
    files = {
        name: read_columns(directory / name, columns)
        for name, columns in ((CAPITALS, ("low", "high", "share")), (RATES, ("low", "high", "adjusting", "waiting")))
        if (directory / name).exists()
    }
    unit = labeled(read_metadata(directory), "capital", "capital of the firm")
    hazard, said = None, [text for name, columns in files.items() for text in broken_numbers(name, columns)]
    if (directory / ADJUSTMENT).exists():
        columns, curves, other = numbered_columns(directory / ADJUSTMENT, "capital", "adjusting")
        curves, other = ([100 * curve for curve in each] for each in (curves, other))
        hazard = Curves(unit, "probability of adjusting (%)", columns["capital"], curves, log_x=True, reference=other)
        said += broken_numbers(ADJUSTMENT, columns)
    if hazard is None and not files:
        return tuple(said)
    figure = distribution_figure(hazard, files.get(CAPITALS), files.get(RATES), unit)
    return (*said, Picture(figure, "Who adjusts, capital of firms, and investment rates", caption))


def numbered_columns(
    path: Path, x: str, prefix: str
) -> tuple[dict[str, np.ndarray], Sequence[np.ndarray], Sequence[np.ndarray]]:
    """All columns, those named prefix_1, prefix_2, ... in order, and those of another solution."""
    header = read_rows(path, (x, f"{prefix}_1"))[0]
    kinds = (prefix, f"reference_{prefix}")
    names = [[name for name in header if re.fullmatch(rf"{kind}_\d+", name)] for kind in kinds]
    columns = read_columns(path, (x, *names[0], *names[1]), ("mean_capital",))
    ours, theirs = ([columns[name] for name in each] for each in names)
    return columns, ours, theirs
