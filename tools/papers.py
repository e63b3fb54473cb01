"""An index of the papers' tables and figures: ours beside each, the file it comes from, and a verdict from the numbers.

Of a table the verdict counts published numbers that have one of ours, and says how far the middle one is away, of each
method from the same method of ours, in the units that are printed. A wrong one of theirs counts as a distance, too:
docs/corrections.md tells which. Of a figure it says where it is drawn.

Example:
  python -m tools.papers --csv=docs/measured/papers.csv
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from absl import app, flags

from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.report.parts import formats
from hetkeras.report.studies import bloom, khan_thomas
from hetkeras.report.studies.cases import read_published, row_key
from hetkeras.report.studies.krusell_smith_rows import FIT, Statistic, in_percent
from hetkeras.report.studies.krusell_smith_tables import KHAN_THOMAS, Published
from tools.measured.markdown import Row, read_measured

KAHOU, YOKOMOTO, HUANG = "Kahou et al. (2022)", "Yokomoto (2026)", "Huang and Yu (2024)"
FLAGS = flags.FLAGS


class Item(NamedTuple):
    """paper, item: what it is of; what: it shows; ours: where it stands; file: of numbers; verdict."""

    paper: str
    item: str
    what: str
    ours: str
    file: str
    verdict: str


class Place(NamedTuple):
    """Where a figure, or a table without numbers, has its counterpart: section of a page, file, and a word on it."""

    item: str
    what: str
    ours: str
    file: str
    verdict: str = "drawn"


class Source(NamedTuple):
    """study: published numbers; file: of ours; chosen: method -> our design; tables: number -> what it shows."""

    study: Published
    file: str
    chosen: Mapping[str, str]
    tables: Mapping[str, str]


STUDIES = {
    "khan_thomas.csv": Source(
        KHAN_THOMAS,
        "khan_thomas.csv",
        khan_thomas.SHOWN,
        {
            "Table 1": "computation time",
            "Table 2": "Bellman equation error",
            "Table 3": "business cycle",
            "Table 4": "forecasting rules",
            "Table 9": "forecasting rules by state",
        },
    ),
    "bloom.csv": Source(
        bloom.STUDY,
        "bloom.csv",
        bloom.SHOWN,
        {
            "Table 5": "computation time",
            "Table 7": "business cycle",
            "Table 8": "forecasting rules",
            "Table 10": "forecasting rules by state",
            "Table 11": "right branches",
            "Table 12": "deviations elsewhere",
            "Table 13": "right branches by architecture",
        },
    ),
}
STUDY, RUN = "page of the study", "page of a run"
OF_RUNS = ("Table 10",)
PLACES: dict[str, tuple[Place, ...]] = {
    KAHOU: (
        Place("Figure 1", "Euler residuals, linear", f"{STUDY}, Figure 1", "paths.csv of a run"),
        Place("Figure 2", "policies and closed form", f"{STUDY}, Figure 2", "paths.csv of a run"),
        Place("Figure 3", "accuracy by N", f"{STUDY}, Figure 3", "kahou_2022.csv"),
        Place("Figure 4", "Euler residuals, nonlinear", f"{STUDY}, Figure 4", "paths.csv of a run"),
        Place("Figure 5", "policies by nu", f"{STUDY}, Figure 5", "paths.csv of a run"),
    ),
    YOKOMOTO: (
        Place(
            "Figure 1", "maximizing, or an interpolated policy", f"{STUDY}: KS, interpolated policy", "khan_thomas.csv"
        ),
        Place(
            "Figure 2",
            "value and policy networks",
            f"{RUN}, choices by capital and price",
            "value_slice.csv, policy_slice.csv of a run",
        ),
        Place("Figure 3", "simulated paths", f"{STUDY}, Figure 3", "simulation.csv of a run"),
        Place(
            "Figure 4",
            "bands of inaction in labor",
            f"{RUN}, Figure 4b and Figures 11 to 13",
            "price_slice.csv, hiring_slice.csv of a run",
        ),
        Place(
            "Figures 5, 6",
            "diagrams of networks",
            "docstrings",
            "hetkeras/methods/krusell_smith/branching/networks.py",
            "words",
        ),
        Place("Table 6", "time by points of the histogram", f"{STUDY}, Table 6", "benchmark_bloom.csv", "beside ours"),
        Place("Figure 7", "simulated paths", f"{STUDY}, Figure 7", "branch_simulation.csv of a run"),
        Place("Figures 8 to 10", "investment by capital", f"{RUN}, Figures 8 to 10", "investment_slice.csv of a run"),
        Place("Figures 11 to 13", "hiring by labor", f"{RUN}, Figures 11 to 13", "hiring_slice.csv of a run"),
        Place("Figure 14", "validation loss by architecture", f"{STUDY}, Figure 14", "training.csv of each run"),
        Place("Table 14", "hyperparameters", "defaults of --solver", "run.json of a run", "ours are others"),
    ),
    HUANG: (
        Place("Figure 1", "complementarity of exports", f"{RUN}, Figure 1", "elements.csv of a run"),
        Place("Figure 2", "worth of links", f"{RUN}, Figure 2", "links.csv of a run"),
    ),
}


def items() -> Iterator[Item]:
    """The whole index, in the order of papers."""
    for number in (1, 2):
        yield _kahou(number)
    yield from (Item(KAHOU, *place) for place in PLACES[KAHOU])
    for source in STUDIES.values():
        yield from _statistics(source)
    yield from (Item(YOKOMOTO, *place) for place in PLACES[YOKOMOTO])
    for number, what in ((1, "losses on fresh paths, exporters"), (2, "losses on fresh paths, networks")):
        yield _losses(number, what)
    yield from (Item(HUANG, *place) for place in PLACES[HUANG])


# --- Kahou et al. ----------------------------------------------------------------------------------------------
def _kahou(number: int) -> Item:
    """Designs with one of ours, and how many have residuals on fresh paths not above the published ones."""
    papers = read_published(f"kahou_2022_table{number}")
    rows = [row for row in read_measured("kahou_2022.csv") if row["table"] == f"table{number}"]
    ours = {row_key(row["group"], row["description"]): float(row["euler_mse"]) for row in rows}
    found = [(float(row["test_mse"]), ours.get(row_key(row["group"], row["description"]))) for row in papers]
    known = [(theirs, mine) for theirs, mine in found if mine is not None]
    below = sum(mine <= theirs for theirs, mine in known)
    verdict = f"{len(known)} of {len(papers)} designs; residuals on fresh paths not above theirs in {below}"
    what = "networks, linear demand" if number == 1 else "networks, nonlinear demand"
    return Item(KAHOU, f"Table {number}", what, f"{STUDY}, Table {number}", "kahou_2022.csv", verdict)


# --- Huang and Yu ------------------------------------------------------------------------------------------------
def _losses(number: int, what: str) -> Item:
    """Mean analytic losses of the policy that ships and as printed; Delta and T of the latter are not."""
    mean = next(r for r in read_measured("paper_tables.csv") if r["table"] == f"Table {number}")
    theirs = float(read_published(f"huang_yu_2024_table{number}")[0]["analytic"])
    verdict = (
        f"{mean['policy']} on {int(mean['paths']):,} paths, mean {float(mean['analytic']):.1e}, theirs {theirs:.1e}: "
        "no comparison, their steps and parameters are not printed"
    )
    return Item(HUANG, f"Table {number}", what, f"{RUN}, losses; docs/measured.md", "paper_tables.csv", verdict)


# --- Yokomoto ----------------------------------------------------------------------------------------------------
def _statistics(source: Source) -> Iterator[Item]:
    published, rows = read_published(source.study.paper), read_measured(source.file)
    write = _writers(source)
    for number, what in source.tables.items():
        printed = [row for row in published if row["source"].endswith(number)]
        pairs = [(float(row["value"]), _ours(row, rows, source, write)) for row in printed if row["method"] != "Terry"]
        gaps = [abs(mine / theirs - 1) for theirs, mine in pairs if mine is not None and theirs]
        known = sum(mine is not None for _, mine in pairs)
        middle = f", the middle one {formats.percent(statistics.median(gaps))} away" if gaps else ""
        yield Item(
            YOKOMOTO,
            number,
            what,
            f"{RUN if number in OF_RUNS else STUDY}, {number}",
            source.file,
            f"{known} of {len(pairs)} numbers have ours{middle}",
        )


def _writers(source: Source) -> dict[str, tuple[str, Callable[[float], str]]]:
    """Published name -> our column, and how it is written in the units that are printed."""
    found = {
        row.published or row.column: (row.column, row.write)
        for part in source.study.rows.values()
        for row in part
        if isinstance(row, Statistic) and row.column
    }
    for row in read_published(source.study.paper):
        if row["table"] == "state":
            name = row["statistic"]
            found.setdefault(name, (name, in_percent if "_rmse_" in name else FIT))
    return found


def _ours(
    row: Row, rows: list[Row], source: Source, write: Mapping[str, tuple[str, Callable[[float], str]]]
) -> float | None:
    """Mean over seeds, as printed; None where we have none."""
    if row["table"] == "architecture":
        design, group = row["statistic"].removeprefix("classified_").replace("x", " x "), "NN-KS"
        column, writer = write["classified"]
        table = bloom.ARCHITECTURES
    else:
        design, group = source.chosen.get(row["method"], ""), row["method"]
        column, writer = write.get(row["statistic"], ("", str))
        table = Path(source.file).stem
    cells = [
        each[column]
        for each in rows
        if (each["table"], each["group"], each["description"]) == (table, group, design) and each.get(column)
    ]
    values = [float(cell) for cell in cells]
    if not values or not all(map(math.isfinite, values)):
        return None
    return float(writer(statistics.fmean(values)).replace(",", ""))


def main(argv: list[str]) -> None:
    del argv
    found = [*items()]
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(Item._fields, map(list, zip(*found, strict=True)), strict=True)))
    print(table(Item._fields, found) + f"\nwritten: {FLAGS.csv}")


if __name__ == "__main__":
    flags.DEFINE_string("csv", "runs/papers.csv", "Where the index goes.")
    app.run(main)
