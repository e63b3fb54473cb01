"""The fundamental plot of Den Haan (2010), for any economy of firms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hetkeras.report.parts.content import Block, Picture
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.series import first_period, largest, log_distances, worst_window
from hetkeras.report.parts.series_figures import Panel, path_figure


def forecast_block(series: Columns, axes: Mapping[str, str]) -> Block:
    """Draws what happens against forecasts that never see it, around the largest error of the price.

    Args:
      series: of a simulation, with dynamic forecasts.
      axes: what the axes of price and mean capital say.
    """
    errors, first = forecast_errors(series), first_period(series)
    window = worst_window({"price": errors["price"]}, first)
    paths, below = [], []
    for name, error in errors.items():
        lines = {"simulated": series[name][window], "dynamic forecast": series[f"dynamic_{name}"][window]}
        paths.append(Panel(axes[name], lines))
        below.append(Panel("error (%)", {"error": error[window]}, distance=True))
    caption = (
        "Fundamental plot of Den Haan: the dynamic forecast starts from mean capital at the end of the burn-in and is "
        "iterated on the forecast rules with the actual shocks, never corrected. Periods around the largest error of "
        f"the price; {largest(errors, first)}."
    )
    figure = path_figure(series["period"][window], [paths, below])
    return Picture(figure, "Price and mean capital against dynamic forecasts", caption)


def forecast_errors(series: Columns) -> dict[str, np.ndarray]:
    """Distance of price and mean capital to their dynamic forecasts, per cent."""
    return log_distances(series, {name: series[f"dynamic_{name}"] for name in ("price", "mean_capital")})
