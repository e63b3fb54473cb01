"""The figure of a run with a horizon, and its diagnostics in words."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from hetkeras.report.parts import figures
from hetkeras.report.parts.content import Block, Picture
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.reading import read_columns

HORIZON = "horizon.csv"
FILES = (HORIZON,)
CAPTION = (
    "The value along fresh paths from the initial state to the horizon, where it is the terminal value: mean and the "
    "middle nine tenths of paths."
)
_ENTRIES = {
    "num_states": ("count", "States that diffuse."),
    "value": ("plain", "The value at the initial state, by the network."),
    "feynman_kac_value": (
        "plain",
        "The mean over fresh paths, finer than those of training, of the terminal value and what the driver comes to.",
    ),
    "feynman_kac_error": ("plain", "Standard error of that mean."),
    "feynman_kac_gap": (
        "share",
        "Distance of the value to that mean and three standard errors on top, relative to the value.",
    ),
    "off_path_value_gap": ("share", "The same distance from other initial states, root mean square, no errors on top."),
    "residual_rms": (
        "share",
        "Root mean square residual of the equation by differences of the value, over the horizon, relative to it.",
    ),
    "terminal_gap": ("share", "Distance of the value at the horizon to the terminal value, at worst."),
    "value_exact": ("plain", "The exact value at the initial state."),
    "value_error": ("share", "Distance of the value to it."),
    "value_error_paths": ("share", "Distance to exact values along paths, root mean square."),
}


def horizon_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns the value along paths by date.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    columns = read_columns(directory / HORIZON, ("time", "value_mean", "value_low", "value_high"))
    units = read_metadata(directory).get("units", {})
    figure = horizon_figure(columns, *(str(units.get(name, name)) for name in ("time", "value")))
    return (Picture(figure, "The value along paths by date", CAPTION),)


def horizon_figure(columns: figures.Columns, time: str, value: str) -> Figure:
    """The value by date: mean and band.

    Args:
      columns: time, value_mean, value_low, value_high.
      time, value: their units, for the axes.
    """
    figure = Figure((7.2, 3.4), layout="constrained")
    axes = figure.subplots()
    low, mean, high = (figures.finite(columns[f"value_{part}"]) for part in ("low", "mean", "high"))
    axes.fill_between(columns["time"], low, high, color=figures.BAND, lw=0, label="nine in ten paths")
    axes.plot(columns["time"], mean, color=figures.BLUE, lw=2, label="mean")
    figures.decorate(axes, time, value)
    axes.legend(frameon=False, fontsize=9)
    return figure


def horizon_entry(name: str) -> tuple[str, str] | None:
    """How a diagnostic is written and what it says; None for others."""
    return _ENTRIES.get(name)
