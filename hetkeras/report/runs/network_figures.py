"""Figures of links between sectors: what they are worth, how networks grow. Pure functions from numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from hetkeras.report.parts.figures import BLUE, GREY, INK, ORANGE, Columns, decorate, finite, pale
from hetkeras.report.parts.series_figures import LEGEND, PATHS

STILL = "#dcdcdc"  # links that cannot move
DECADES = 2.5  # of a map with both signs, below which colors are linear
DRAWN = 160  # links of a drawn network, at most
ARROWS = 12  # sectors, up to which links bear arrows
WIDE = 11.6
SHADES, FAINT = "Blues", "#e4e4e4"


@dataclasses.dataclass(frozen=True)
class LinkMap:
    """entries [N, N], a row for each sector that buys, NaN where nothing moves; marks: bool [N, N] or None.

    signed: red above zero, blue below, on one scale about it.
    """

    title: str
    entries: np.ndarray
    signed: bool = False
    marks: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """A network at one moment: Domar weights and productivities [N]; links drawn from `supplier` to `user` [L]."""

    title: str
    domar: np.ndarray
    productivity: np.ndarray
    user: np.ndarray
    supplier: np.ndarray
    share: np.ndarray
    on: np.ndarray


def link_figure(maps: Sequence[LinkMap], node: str = "sector") -> Figure:
    """Maps of links side by side (Figure 2 of Huang and Yu, 2024); `node` names what a link goes from and to."""
    figure = Figure((WIDE, 0.5 + WIDE / len(maps) * 1.16), layout="constrained")
    grid = figure.subplots(1, len(maps), squeeze=False, sharey=True)[0]
    for axes, each in zip(grid, maps, strict=True):
        entries = finite(each.entries)
        axes.set_facecolor(STILL)
        largest, colors = _top(np.abs(entries)), "RdBu_r" if each.signed else "viridis"
        norm = _about_zero(largest) if each.signed else Normalize(0, _top(entries))
        image = axes.imshow(entries, cmap=colors, norm=norm, interpolation="nearest")
        if each.marks is not None:
            row, column = np.nonzero(each.marks)
            size = min(60.0, (150 / len(entries)) ** 2 / 3)
            axes.scatter(column, row, s=size, color=INK, marker="x", lw=max(0.6, size / 40))
        axes.set_title(each.title, fontsize=10)
        axes.set_xlabel(f"{node} that sells")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(ticker.MaxNLocator(8, integer=True))
        bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.9, aspect=28, pad=0.03)
        if each.signed:
            bar.set_ticks(_ticks(largest))
            bar.minorticks_off()
            bar.formatter = ticker.FuncFormatter(lambda value, _: f"{value:.10g}".replace("-", "−"))
            bar.update_ticks()
        bar.ax.tick_params(labelsize=8)
        axes.tick_params(left=axes is grid[0])
    grid[0].set_ylabel(f"{node} that buys")
    return figure


def growth_figure(snapshots: Sequence[Snapshot], moments: Sequence[int], path: Columns, time: str = "year") -> Figure:
    """Networks at some moments, and below them what became of many and of the one that is drawn.

    Args:
      snapshots: of one path, in order.
      moments: their years.
      path: year; of `active` and `log_gdp` the path that is drawn, and mean, low and high of all: [T] in per cent.
      time: what the axis of time says.
    """
    figure = Figure((WIDE, 6.0), layout="constrained")
    (above,), (below,) = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.06, 1))
    productivity = finite(np.concatenate([each.productivity for each in snapshots]))
    norm, largest = Normalize(*_ends(productivity)), _top(np.concatenate([each.domar for each in snapshots]))
    grid = above.subplots(1, len(snapshots), squeeze=False)[0]
    for axes, each in zip(grid, snapshots, strict=True):
        _draw_network(axes, each, norm, largest)
    bar = above.colorbar(ScalarMappable(norm, "cividis"), ax=list(grid), shrink=0.8, aspect=24, pad=0.01)
    bar.set_label("log productivity", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    labels = {"active": "links that are there (%)", "log_gdp": f"log GDP since {time} 0 (%)"}
    panels = below.subplots(1, 2)
    for axes, (name, label) in zip(panels, labels.items(), strict=True):
        year, low, high = path["year"], finite(path[f"{name}_low"]), finite(path[f"{name}_high"])
        axes.fill_between(year, low, high, color=pale(BLUE), lw=0, label="80 % of all paths")
        axes.plot(year, finite(path[f"{name}_mean"]), color=BLUE, lw=1.9, label="mean of all paths")
        axes.plot(year, finite(path[name]), color=ORANGE, lw=1.3, label="the path that is drawn")
        seen = np.isin(year, moments)
        axes.plot(year[seen], finite(path[name])[seen], color=ORANGE, marker="o", ms=5, ls="")
        decorate(axes, time, label)
        axes.margins(x=0.02)
    panels[0].legend(loc="lower right", **LEGEND)
    return figure


def fall_figure(
    time: np.ndarray,
    panels: Mapping[str, Columns],
    error: np.ndarray | None = None,
    since: str = "years after the fall",
) -> Figure:
    """Answers to a fall of productivity, one panel each.

    Args:
      time: since the fall, [T].
      panels: label -> name of a line -> values in per cent, [T].
      error: standard error of the one line of the last panel, [T].
      since: what the axis of time says.
    """
    figure = Figure((max(WIDE * len(panels) / 3, 6.4), 3.4), layout="constrained")
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (label, lines) in zip(grid, panels.items(), strict=True):
        axes.axhline(0, color=GREY, lw=0.8, zorder=0.5)
        for (name, values), (color, dashes, width) in zip(lines.items(), PATHS, strict=False):
            axes.plot(time, finite(values), color=color, ls=dashes, lw=width, label=name)
        decorate(axes, since, label)
        axes.margins(x=0.01)
        if len(lines) > 1:
            axes.legend(loc="lower right", **LEGEND)
    if error is not None:
        (line,) = grid[-1].lines[1:]
        low, high = (finite(line.get_ydata()) + side * 1.96 * finite(error) for side in (-1, 1))
        grid[-1].fill_between(time, low, high, color=pale(line.get_color()), lw=0)
    return figure


def strongest(share: np.ndarray, most: int = DRAWN) -> np.ndarray:
    """Which links are drawn: those with the largest shares, bool [L]."""
    kept = np.zeros(len(share), bool)
    kept[np.argsort(-share, kind="stable")[:most]] = True
    return kept


def _draw_network(axes: Axes, snapshot: Snapshot, norm: Normalize, largest: float) -> None:
    """Sectors on a circle; links that are there are blue, the darker the larger their share, the others faint."""
    count, few = len(snapshot.domar), len(snapshot.domar) <= ARROWS
    angle = np.pi / 2 - 2 * np.pi * np.arange(count) / count
    place = np.stack([np.cos(angle), np.sin(angle)], 1)
    shade = matplotlib.colormaps[SHADES]
    arrow = "-|>,head_length=3,head_width=1.6" if few else "-"
    gap = 8.0 if few else 1.0
    top = snapshot.share.max()
    for k in np.argsort(snapshot.on + snapshot.share / (2 * top), kind="stable"):
        on, size = snapshot.on[k] > 0.5, snapshot.share[k] / top
        tint, width = (shade(0.35 + 0.65 * size), 0.5 + 2.2 * size) if on else (FAINT, 0.5)
        link = FancyArrowPatch(
            place[int(snapshot.supplier[k])],
            place[int(snapshot.user[k])],
            arrowstyle=arrow if on else "-",
            connectionstyle="arc3,rad=0.16",
            shrinkA=gap,
            shrinkB=gap,
            zorder=1 + on,
            color=tint,
            lw=width,
        )
        axes.add_patch(link)
    area = 6 + (220 if few else 90) * np.clip(finite(snapshot.domar), 0, None) / largest
    color = finite(snapshot.productivity)
    x, y = place.T
    axes.scatter(x, y, s=area, c=color, cmap="cividis", norm=norm, edgecolors="white", lw=0.8, zorder=4)
    for number, point in enumerate(place):
        size = 8.5 if few else 5.5
        axes.annotate(str(number), 1.17 * point, ha="center", va="center", fontsize=size, color="#555555")
    axes.set_title(snapshot.title, fontsize=10)
    axes.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), aspect="equal")
    axes.axis("off")


def _top(entries: np.ndarray) -> float:
    return float(np.nanmax(entries, initial=1e-12))


def _about_zero(largest: float) -> SymLogNorm:
    return SymLogNorm(largest / 10**DECADES, vmin=-largest, vmax=largest, base=10)


def _ticks(largest: float) -> list[float]:
    """Powers of ten that lie within the scale, on both sides of zero."""
    last = int(np.floor(np.log10(largest)))
    powers = [10.0**power for power in range(last - 1, last + 1)]
    return [*(-power for power in reversed(powers)), 0.0, *powers]


def _ends(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
