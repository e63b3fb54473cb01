"""Figures of a run that solves for links between sectors, from the tables that lie in its directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.errors import RunDirectoryError
from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Picture, Table, Text, absent, cells
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.loss_table import LOSSES, loss_table
from hetkeras.report.parts.reading import REMEDY, read_columns, read_json
from hetkeras.report.parts.series import broken_numbers
from hetkeras.report.runs.names import sector_names, sector_table
from hetkeras.report.runs.network_figures import LinkMap, Snapshot, fall_figure, growth_figure, link_figure, strongest
from hetkeras.report.runs.network_glossary import CONSUMPTION
from hetkeras.report.runs.network_words import PLANNER, Words, network_words

LINKS, FALL = "links.csv", "productivity_fall.csv"
GROWTH, SNAPSHOTS, SECTORS = "growth.csv", "snapshots.csv", "snapshot_sectors.csv"
FILES = (LINKS, FALL, GROWTH, SNAPSHOTS, SECTORS)
PAPER, FIGURE = "huang_yu_2024_table2", "Figure 2 of Huang and Yu (2024)"
LOSS_REMARK = (
    "V is of utility as the paper writes it, and hardly varies between networks: the loss looks the better for that."
)
MEASURES = ("active", "worth", "worth_error", "worth_consumption", "own_tfp", "own_wish")
RESPONSES = (
    *("time", "log_gdp_usual", "log_gdp_shocked", "log_gdp_rigid", "active_usual", "active_shocked"),
    *("rewiring", "rewiring_error"),
)
SERIES = tuple(f"{name}{part}" for name in ("active", "log_gdp") for part in ("", "_mean", "_low", "_high"))
CERTAIN = 2.0  # standard errors from which a sign counts as certain
SLIGHT = 1e-3  # of the fall of log GDP, below which the planner's answer is not worth drawing


def network_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns worth in consumption, the figures or a sentence in the place of each, and losses if there are any.

    Raises:
      RunDirectoryError: if a table is damaged.
    """
    path = directory / "diagnostics.json"
    numbers = read_json(path) if path.exists() else {}
    words = network_words(directory)
    remark = LOSS_REMARK if words.who == PLANNER else ""
    return (
        *_consumption(numbers),
        *_links(directory / LINKS, words),
        *_fall(directory, numbers, words),
        *_growth(directory, words),
        *loss_table(directory / LOSSES, PAPER if words.ours else "", remark),
    )


def _consumption(numbers: Mapping[str, Any]) -> tuple[Block, ...]:
    """What networks and links are worth, where that was measured."""
    known = {label: numbers[name] for name, label in CONSUMPTION.items() if name in numbers}
    if not known:
        return ()
    written = {label: formats.NOT_FINITE if share is None else _signed(share) for label, share in known.items()}
    rows = tuple(cells(*row) for row in written.items())
    return (Table(("worth at mean productivity", "of consumption for ever"), rows),)


# --- links ---------------------------------------------------------------------------------------------------
def _links(path: Path, words: Words) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(LINKS, "the maps of links are not drawn"),)
    columns = read_columns(path, ("user", "supplier", "share", *MEASURES), ("link_cost",))
    ends = np.stack([columns["user"], columns["supplier"]])
    wrong = ~((ends >= 0) & (ends == np.floor(ends)) & (ends < np.inf))
    if wrong.any():
        raise RunDirectoryError(
            f"{path} names the {words.node} {formats.plain(float(ends[wrong][0]))}; expected whole numbers from 0 in "
            f"the columns user and supplier; {REMEDY}"
        )
    moves = (columns["share"] > 0) & (ends[0] != ends[1])
    if not moves.any():
        return (Text(f"No link of {LINKS} can move: {FIGURE if words.ours else 'their map'} is not drawn."),)
    count = int(ends.max()) + 1
    kept = {name: values[moves] for name, values in columns.items()}
    wanted = kept["worth"] > kept.get("link_cost", 0.0)

    def matrix(values: np.ndarray) -> np.ndarray:
        table = np.full((count, count), np.nan)
        table[kept["user"].astype(int), kept["supplier"].astype(int)] = 100 * values
        return table

    apart = matrix((kept["own_wish"] > 0) & ~wanted) > 0
    planner, user, time = (matrix(kept[name]) for name in ("worth_consumption", "own_wish", "active"))
    maps = (
        LinkMap(f"what a link is worth to the {words.who}\n({words.unit} for ever)", planner, True, apart),
        LinkMap(f"what it is worth to the {words.node} that buys\n(% of its unit cost for ever)", user, True, apart),
        LinkMap("how often it is there\n(% of time)", time),
    )
    caption = (
        f"Left: {FIGURE if words.ours else 'their worth'}. Red: the link adds to the value; blue: it takes from it. "
        "Mean over states that the policy goes to, whoever is active. Middle: by how much the link would lower its "
        "user's unit cost if it stayed for ever and no other one moved. Colors are linear near zero and logarithmic "
        f"beyond; grey: links that cannot move; crosses: the user wants the link and the {words.who} does not. "
        f"{_agreement(kept, wanted, words)}"
    )
    drawn = Picture(
        link_figure(maps, words.node), f"Maps of links: worth to {words.who} and to user, share of time", caption
    )
    return (*broken_numbers(LINKS, kept), *sector_table(sector_names(path), words.node), drawn)


def _agreement(links: Columns, wanted: np.ndarray, words: Words) -> str:
    """How many links the planner, or who decides, does not want although they lower their users' unit costs."""
    count, wishes, who = wanted.size, links["own_wish"] > 0, words.who
    close = np.abs(links["worth"] - links.get("link_cost", 0.0)) < CERTAIN * links["worth_error"]
    raised = links["own_tfp"] > 0
    view = "The paper looks" if words.ours else "One may look"
    said = [
        f"Of {count:,} links that can move, {wishes.sum():,} lower the unit cost of their user; the {who} does not "
        f"want {(wishes & ~wanted).sum():,} of these, and wants {(wanted & ~wishes).sum():,} of the others.",
        f"{view} at the user's productivity alone, which {raised.sum():,} links raise: of these the {who} does not "
        f"want {(raised & ~wanted).sum():,}.",
    ]
    if close.any():
        said.append(f"{close.sum():,} links are worth so little to the {who} that sampling may decide their sign.")
    return " ".join(said)


# --- a fall of productivity ----------------------------------------------------------------------------------
def _fall(directory: Path, numbers: Mapping[str, Any], words: Words) -> tuple[Block, ...]:
    path, links = directory / FALL, directory / LINKS
    if not path.exists():
        return (absent(FALL, "what a fall of productivity does is not drawn"),)
    columns = read_columns(path, RESPONSES)
    node = _fallen(numbers.get("fallen_sector"), sector_names(links) if links.exists() else {}, words)
    answer = columns["log_gdp_shocked"] - columns["log_gdp_usual"]
    rigid = columns["log_gdp_rigid"] - columns["log_gdp_usual"]
    links = columns["active_shocked"] - columns["active_usual"]
    still = _slight(columns, answer)
    panels = {"log GDP (%)": {f"with the {words.who}'s answer": 100 * answer, "links move as without it": 100 * rigid}}
    if still:
        panels = {"log GDP (%)": {"": 100 * answer}}
    else:
        panels |= {"links that are there (percentage points)": {"": 100 * links}}
        panels |= {"what the answer adds to log GDP (%)": {"": 100 * columns["rewiring"]}}
    figure = fall_figure(columns["time"], panels, None if still else 100 * columns["rewiring_error"], words.since)
    drawn = Picture(
        figure, "Log GDP and links after a fall of productivity", _answer(answer, columns, still, numbers, words, node)
    )
    return (*broken_numbers(FALL, columns), drawn)


def _slight(columns: Columns, answer: np.ndarray) -> bool:
    """Whether what the planner does otherwise is too little to be seen, or less than the sampling error."""
    size = np.abs(columns["rewiring"])
    return bool((size <= np.maximum(CERTAIN * columns["rewiring_error"], SLIGHT * np.abs(answer).max())).all())


def _fallen(number: float | None, names: Mapping[int, str], words: Words) -> str:
    """What the sector whose productivity falls is called."""
    if number is None:
        return f"one {words.node}"
    return f"{words.node} {number:.0f}" + (f", {names[int(number)]}," if int(number) in names else "")


def _answer(
    answer: np.ndarray, columns: Columns, still: bool, numbers: Mapping[str, Any], words: Words, node: str
) -> str:
    who = words.who
    said = [
        f"{words.start} the productivity of {node} falls by two stationary standard deviations of its own; distances "
        "to the same paths without the fall, which have the same luck.",
        f"Log GDP falls by {formats.plain(-100 * float(answer[0]))} % at once.",
    ]
    if still:
        same = np.array_equal(columns["active_shocked"], columns["active_usual"])
        said.append(
            f"The {who}'s decisions stay the same: the network moves as without the fall."
            if same
            else f"The {who} moves some links otherwise, with an effect on log GDP that is less than "
            f"{formats.percent(SLIGHT)} of the fall or not told from sampling error."
        )
    else:
        mine = np.trapezoid(columns["rewiring"], columns["time"])
        loss = np.trapezoid(answer, columns["time"]) - mine
        share = formats.percent(abs(mine / loss)) if loss else formats.ABSENT
        said.append(
            f"By moving links otherwise than without the fall the {who} {'makes up for' if mine > 0 else 'adds'} "
            f"{share} of the loss that adds up over time; the band is 95 % of the sampling error."
        )
    if numbers.get("residual_fallen_rms") is not None:
        said.append(
            f"Training never saw one {words.node} fall alone; where it has, the residual of the HJB equation is "
            f"{formats.percent(numbers['residual_fallen_rms'])}."
        )
    return " ".join(said)


# --- growth --------------------------------------------------------------------------------------------------
def _growth(directory: Path, words: Words) -> tuple[Block, ...]:
    missing = [name for name in (GROWTH, SNAPSHOTS, SECTORS) if not (directory / name).exists()]
    if missing:
        return (absent(", ".join(missing), "how a network grows is not drawn"),)
    path = read_columns(directory / GROWTH, ("year", *SERIES))
    links = read_columns(directory / SNAPSHOTS, ("year", "user", "supplier", "share", "on"))
    sectors = read_columns(directory / SECTORS, ("year", "sector", "domar", "productivity"))
    moments = sorted({*sectors["year"].tolist()})
    networks = [_snapshot(directory, year, links, sectors, words.time) for year in moments]
    gained = {name: values - path["log_gdp"][0] for name, values in path.items() if name.startswith("log_gdp")}
    shown = {name: 100 * values for name, values in {**path, **gained}.items() if name != "year"}
    figure = growth_figure(networks, moments, {"year": path["year"], **shown}, words.time)
    all_links, drawn = (links["year"] == moments[0]).sum(), len(networks[0].share)
    sold = f"lines are links, from the {words.node} that sells to the one that buys"
    which = f"of {all_links:,} links that can move, the {drawn:,} with the largest shares"
    caption = (
        f"A network that grows from nothing under the policy. Above, one path: dots are {words.node}s, sized by their "
        f"Domar weight; {which if drawn < all_links else sold}, blue where they are there, the darker the larger their "
        "share, else faint. Below, what becomes of all paths; "
        f"at the end {_percent(path['active_mean'][-1])} of the links are there on average, and GDP is "
        f"{_percent(np.expm1(gained['log_gdp_mean'][-1]))} above that without any."
    )
    broken = [
        text
        for name, table in ((GROWTH, path), (SNAPSHOTS, links), (SECTORS, sectors))
        for text in broken_numbers(name, table)
    ]
    return (*broken, Picture(figure, "Networks at some moments, and how links and GDP grow", caption))


def _snapshot(directory: Path, year: float, links: Columns, sectors: Columns, time: str) -> Snapshot:
    """The network of one year; its strongest links are drawn, the same ones in all years."""
    here, there = sectors["year"] == year, links["year"] == year
    number = sectors["sector"][here]
    ends = np.concatenate([links["user"][there], links["supplier"][there]])
    if not np.array_equal(number, np.arange(len(number))) or not there.any() or not np.isin(ends, number).all():
        raise RunDirectoryError(
            f"{directory / SNAPSHOTS} and {SECTORS} do not fit in year {year:g}: {len(number)} sectors, {there.sum()} "
            f"links between {np.unique(ends).size} sectors; expected links between sectors 0, 1, ...; {REMEDY}"
        )
    drawn = strongest(links["share"][there])
    user, supplier, share, on = (links[name][there][drawn] for name in ("user", "supplier", "share", "on"))
    title = f"{time} {year:g}: {_percent(links['on'][there].mean())} of links"
    return Snapshot(title, sectors["domar"][here], sectors["productivity"][here], user, supplier, share, on)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if np.isfinite(share) else formats.NOT_FINITE


def _signed(share: float) -> str:
    return f"{100 * share:+.3g} %".replace("-", "−")
