"""Figures of links between sectors. Pure functions from numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from hetkeras.report.figures import finite
from hetkeras.report.firm_figures import WIDTH


def link_figure(maps: Mapping[str, np.ndarray]) -> Figure:
    """One map for each table [N, N]; those with negative entries are coloured about zero.

    Args:
      maps: title -> entries, a row for each sector that buys; NaN is drawn grey.
    """
    figure = Figure((WIDTH, 0.6 + WIDTH / len(maps) * 0.86), layout="constrained")
    for axes, (title, table) in zip(figure.subplots(1, len(maps), squeeze=False)[0], maps.items(), strict=True):
        entries = finite(table)
        known = entries[np.isfinite(entries)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        norm = TwoSlopeNorm(0.0, min(low, -1e-12), max(high, 1e-12)) if low < 0 else None
        axes.set_facecolor("#d9d9d9")
        image = axes.imshow(entries, cmap="RdBu" if low < 0 else "viridis", norm=norm, interpolation="nearest")
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("sector that sells")
        axes.set_ylabel("sector that buys")
        figure.colorbar(image, ax=axes, shrink=0.8)
    return figure
