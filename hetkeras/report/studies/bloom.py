"""The page of a study of firms with branches: Tables 5 to 8 and 11 to 13, Figures 7 and 14 of Yokomoto (2026)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Cell, Page, Picture, Section, Table, Text, cells
from hetkeras.report.parts.reading import read_columns, read_rows
from hetkeras.report.parts.training_block import FILE as CURVE
from hetkeras.report.parts.training_block import read_curves
from hetkeras.report.runs.branch_figures import architecture_figure, validation_figure
from hetkeras.report.runs.branch_page import CLASSIFIED, RESPONSE_CAPTION
from hetkeras.report.runs.branch_series import (
    AGGREGATES,
    RESPONSE,
    RESPONSES,
    SIMULATION,
    read_responses,
    read_simulation,
)
from hetkeras.report.studies.bloom_tables import BLOOM, EXACT, SAMPLED
from hetkeras.report.studies.cases import Case, devices, read_cases, read_published
from hetkeras.report.studies.kahou_2022_tables import failures
from hetkeras.report.studies.khan_thomas import SEEDS
from hetkeras.report.studies.krusell_smith_figures import PathFile, ResponseFile, compared_responses, compared_solves
from hetkeras.report.studies.krusell_smith_rows import decimals
from hetkeras.report.studies.krusell_smith_tables import Published, by_group, sources, statistics_table, summary

MAIN, ARCHITECTURES = "bloom", "architectures"
NAMES = (MAIN, ARCHITECTURES)
MODELS = ("Bloom",)
SHOWN = {"KS": "on the model's nodes", "NN-KS": "128 x 2"}
"""Designs that figures prefer."""
FILE = PathFile(SIMULATION, read_simulation, AGGREGATES, "uncertainty")
SHOCKED = ResponseFile(RESPONSE, read_responses, RESPONSES, RESPONSE_CAPTION.format(economies=""))
REQUIRED = ("seed", "solve_seconds", "train_seconds")
DESIGNED = {"classified": decimals(2, 100), "value_lost_firms": formats.scientific, "solve_seconds": formats.seconds}
"""What is told of an architecture, and how it is written."""
GROWTH = "benchmark_bloom.csv"
LOSS = "bellman_gap"
VALIDATED = (
    "Mean absolute gap of the value in its Bellman equation by step of training, on a log scale. Every step draws its "
    "states anew, and the gap there is taken before the networks have been trained on them: it is out of sample. The "
    "paper draws a mean squared one by iteration, of some 1,900 steps each, on a sample kept apart, without numbers."
)
STUDY = Published(BLOOM.paper, BLOOM.methods, {**BLOOM.rows, "exact": EXACT, "sampled": SAMPLED})
TITLES = {
    "time": "Table 5: computation time",
    "cycle": "Table 7: business cycle statistics",
    "sampled": "What one path of shocks leaves open",
    "exact": "Networks beside exact choices",
    "forecast": "Table 8: accuracy of the forecasting rules",
    "classification": "Tables 11 and 12: branches",
}
NOTES = {
    "time": (
        SEEDS,
        "The paper's NN-KS ran on a GPU, its KS on twelve threads of a CPU. Our KS separates the choice of capital "
        "from that of labor: with no fixed cost of capital the best k' given (k, n) does not depend on lagged labor.",
    ),
    "cycle": (
        "Logs, Hodrick-Prescott filter with λ = 1600, first 500 quarters left out. The paper's shocks are not ours. It "
        "does not print the fixed cost of hiring that it solved with, nor whether uncertainty is lasting: .096 and "
        ".9406 are those that give its KS column.",
    ),
    "sampled": (
        "The same solutions under further shocks, each path as long as the one above. A published number is of one "
        "path as well: it is as far from its mean as one of these.",
    ),
    "exact": (
        "Firms that expect what the networks' rules say, but choose exactly, on finer nodes, under the same shocks: "
        "what is wrong with networks apart from their rules. Their own s.d. and correlations stand in the table above.",
    ),
    "forecast": ("Lines in log K by aggregate state are rough here. The R² of ours takes each state about its mean.",),
    "classification": (CLASSIFIED,),
}


def study_page(directory: Path) -> Page:
    """Returns the page of a study directory.

    Raises:
      RunDirectoryError: if results.csv or a file of a case is damaged.
    """
    cases = read_cases(directory, NAMES, REQUIRED, _columns())
    main, designs = ([case for case in cases if case.table == name] for name in NAMES)
    count = sum(case.converged for case in main)  # architectures are compared at fixed rules, before they are done
    return Page(
        title=f"Uncertainty shocks, replicated: {directory.resolve().name}",
        subtitle="Yokomoto (2026), capital and labor adjusted in branches after Bloom et al. (2018)",
        verdict=Text(f"{count} of {len(main)} solves converged", "good" if count == len(main) else "bad"),
        sections=(
            *(Section(title, _table(name, main)) for name, title in TITLES.items()),
            Section("Table 6: how the simulation grows", _growth(directory / GROWTH)),
            Section("Figure 7: simulated paths on the same shocks", compared_solves(main, SHOWN, FILE)),
            Section("Response to an uncertainty shock", compared_responses(main, SHOWN, SHOCKED)),
            Section("Table 13: architectures", _architectures(designs)),
            Section("Figure 14: validation loss of the value by architecture", _validation(designs)),
            Section("Solves that did not converge", (failures(main) or Text("None."),)),
        ),
    )


def _columns() -> tuple[str, ...]:
    rows = tuple(row for table in STUDY.rows.values() for row in table if not isinstance(row, str))
    names = dict.fromkeys((*(row.column for row in rows), *DESIGNED))
    return tuple(name for name in names if name not in ("", *REQUIRED))


def _table(name: str, cases: Sequence[Case]) -> tuple[Block, ...]:
    if name in ("exact", "classification"):
        cases = [case for case in cases if case.group == "NN-KS"]
    published = sources(name, STUDY)
    notes = [f"Published: {published}."] * bool(published) + [*NOTES[name]]
    machines = devices(cases)
    if name == "time" and machines:
        notes.append(f"Ours ran on: {'; '.join(machines)}.")
    if not cases:
        notes = ["No solve of ours at the paper's calibration is in results.csv.", *notes]
    return (statistics_table(name, cases, STUDY), *map(Text, notes))


def _growth(path: Path) -> tuple[Block, ...]:
    if not path.exists():
        return (Text(f"Not measured: write it here with python -m tools.benchmark_bloom --csv={path}"),)
    columns = ("periods", "histogram_points", "simulation_s", "times_smallest", "memory_mib")
    names = [row["method"] for row in read_rows(path, ("method", *columns))]
    measured = read_columns(path, columns)
    papers = {row["statistic"]: float(row["value"]) for row in read_published(BLOOM.paper) if row["table"] == "growth"}
    smallest, base = measured["histogram_points"].min(), papers["seconds_1x"]
    rows = []
    for place, name in enumerate(names):
        periods, points, seconds, ratio, memory = (measured[column][place] for column in columns)
        theirs = papers.get(f"seconds_{points / smallest:.0f}x")
        paper = (formats.seconds(theirs), formats.significant(theirs / base)) if theirs else ("–", "–")
        row = f"{points:,.0f}", f"{points / smallest:.0f}", formats.seconds(seconds), formats.significant(ratio)
        rows.append(cells(name, *row, f"{memory:,.0f}", *paper))
    header = ("", "points", "times", "seconds", "over the smallest", "memory (MiB)", "seconds", "over the smallest")
    said = Text(
        f"{periods:,.0f} quarters in one run on one machine; memory is the most that the process has held. The paper's "
        "seconds are of 1,000 quarters on twelve threads."
    )
    return Table(header, tuple(rows), (("", 3), ("hetkeras", 3), ("published, NN-KS", 2))), said


def _architectures(cases: Sequence[Case]) -> tuple[Block, ...]:
    papers = {
        row["statistic"].removeprefix("classified_").replace("x", " x "): float(row["value"])
        for row in read_published(BLOOM.paper)
        if row["table"] == "architecture"
    }
    groups = by_group(cases)
    found = {name for group in groups.values() for name in group}
    names = sorted({*papers, *found}, key=_size)
    rows: list[tuple[Cell, ...]] = []
    ours: dict[str, dict[str, float]] = {group: {} for group in groups}
    for name in names:
        published = f"{papers[name]:.2f}" if name in papers else "–"
        kinds = [(group, each[name]) for group, each in groups.items() if name in each]
        for group, seeds in kinds:
            ours[group][name] = 100 * statistics.fmean(case.numbers["classified"] for case in seeds)
            measured = [summary(seeds, column, write) for column, write in DESIGNED.items()]
            rows.append((*cells(name, published, group), *measured))
        if not kinds:
            rows.append(cells(name, published, *"––––"))
    header = ("nodes x layers", "NN-KS, Yokomoto", "method", "in the right branch (%)", "value lost, firms", "seconds")
    said = Text(
        "Shares of points in the right branch, at fixed forecast rules. Ours are trained for the same number of steps "
        "each, fewer than in a solve; the value has so many nodes, the policies half of them. With waves they "
        "also see cosines of capital and labor."
    )
    drawn = architecture_figure(names, {"published": papers, **ours})
    caption = "Share of points in the right branch by the networks' size: a figure of our own, after Table 13."
    table = Table(header, tuple(rows), (("", 1), ("published", 1), ("hetkeras", 4)))
    return table, said, Picture(drawn, "Share of points in the right branch by architecture", caption)


def _validation(cases: Sequence[Case]) -> tuple[Block, ...]:
    """Figure 14, of the first seed of each architecture."""
    curves = {}
    for group, designs in by_group(cases).items():
        for name in sorted(designs, key=_size):
            found = read_curves(designs[name][0].directory / CURVE)
            if LOSS in found:
                curves[f"{name}, {group}"] = found[LOSS]
    if not curves:
        return (Text(f"No solve of an architecture left a {CURVE}."),)
    return (Picture(validation_figure(curves), "Gap in the Bellman equation by step and architecture", VALIDATED),)


def _size(name: str) -> tuple[int, ...]:
    """Nodes and layers of "128 x 2"."""
    return tuple(map(int, name.split(" x ")))
