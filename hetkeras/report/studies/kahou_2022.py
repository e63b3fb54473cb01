"""The page of a study: the tables and figures of Kahou et al. (2022), theirs beside ours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hetkeras.report.parts import figures, formats
from hetkeras.report.parts.content import Block, Page, Picture, Section, Text
from hetkeras.report.parts.reading import read_columns
from hetkeras.report.runs.agent_page import PATH_COLUMNS
from hetkeras.report.studies.cases import TABLES, Case, devices, read_cases, row_key
from hetkeras.report.studies.kahou_2022_tables import comparison, failures, fewer_seeds, median_error, missing, worst

NAMES, MODELS = TABLES, ("Investment",)
INVESTMENT = "investment u(X) (units of capital)"
CURVATURES = (1.0, 1.05, 1.1, 1.5)
LINEAR, NONLINEAR = ("phi(Identity)", "phi(Moments)", "phi(ReLU)"), ("phi(Moments)", "phi(ReLU)")
COLUMNS = (
    "Ours is the median over seeds; worst is the largest over seeds; right counts the seeds whose solution passed "
    "every check. Fresh MSE is the mean squared Euler residual on paths that the reloaded policy generates itself."
)
DIFFERENCES = (
    "The paper's networks have no biases in hidden layers, so its counts of parameters differ slightly from ours. "
    "Its policy error is taken against the linear regulator on test trajectories; ours against the reference on the "
    "policy's own fresh paths. Times are of different machines."
)
FOOTNOTES = {
    "a": "Not too few parameters: this is the explosive root of the Euler equation, H1 = +0.22, whose residual is "
    "zero as well. On the exact policy's paths that root is a third away from the solution.",
    "b": "A wrong root again: the residuals are as small as elsewhere, the policy is 59 % away. Too few parameters "
    "would show in the residuals.",
}


def study_page(directory: Path) -> Page:
    """Returns the page of a study directory.

    Raises:
      RunDirectoryError: if results.csv or a file of a case is damaged.
    """
    cases = read_cases(directory)
    table1, table2, sizes, curvatures = ([case for case in cases if case.table == t] for t in _TITLES)
    right = sum(case.converged for case in cases)
    return Page(
        title=f"Exploiting symmetry, replicated: {directory.resolve().name}",
        subtitle="Kahou, Fernández-Villaverde, Perla and Sood (2022), investment under uncertainty with N firms",
        verdict=Text(f"{right} of {len(cases)} cases converged", "good" if right == len(cases) else "bad"),
        sections=(
            Section(_TITLES["table1"], (*_table("table1", table1), *_footnotes())),
            Section(_TITLES["table2"], _table("table2", table2)),
            _residuals("Figure 1: Euler residuals, linear demand", table1, LINEAR, "table1"),
            _policies("Figure 2: policies against the closed form, linear demand", table1),
            Section(_TITLES["figure3"], _sizes(sizes)),
            _residuals("Figure 4: Euler residuals, nonlinear demand", table2, NONLINEAR, "table2"),
            Section(_TITLES["figure5"], _curvatures(curvatures)),
            Section("Cases that did not converge", (failures(cases) or Text("None."),)),
        ),
    )


_TITLES = {
    "table1": "Table 1: the linear model, all designs",
    "table2": "Table 2: the nonlinear model",
    "figure3": "Figure 3: performance and the number of firms",
    "figure5": "Figure 5: the policy and the curvature of demand",
}


def _table(name: str, cases: Sequence[Case]) -> tuple[Block, ...]:
    absent = missing(name, cases)
    notes = (
        [COLUMNS, DIFFERENCES]
        if name == "table1"
        else ["Columns as in Table 1. The paper has no reference here; ours is that of the model, where it has one."]
    )
    machines = devices(cases)
    if machines:
        notes.append(f"Ours ran on: {'; '.join(machines)}.")
    fewer = fewer_seeds(cases)
    if fewer:
        notes.append(f"Fewer seeds in results.csv than for other designs: {'; '.join(fewer)}.")
    return (Text(_setting(cases)), comparison(name, cases), *map(Text, notes), *_absent(absent))


def _footnotes() -> tuple[Text, ...]:
    return tuple(Text(text, mark=mark) for mark, text in FOOTNOTES.items())


def _residuals(title: str, cases: Sequence[Case], groups: Sequence[str], table: str) -> Section:
    panels, absent = _baselines(cases, groups)
    drawn: tuple[Block, ...] = ()
    if panels:
        caption = (
            f"{_setting(panels.values())} Baseline networks, first seed that converged. The dark line is the mean "
            "over fresh equilibrium paths, the band runs from the 2.5th to the 97.5th percentile."
        )
        paths = {formats.greek(group): _paths(case) for group, case in panels.items()}
        drawn = (Picture(figures.residual_figure(paths), "Euler residuals by period, one panel a network", caption),)
    return Section(title, (*drawn, *_absent([f"{group} Baseline of {table}" for group in absent], True)))


def _policies(title: str, cases: Sequence[Case]) -> Section:
    panels, absent = _baselines(cases, LINEAR)
    drawn: tuple[Block, ...] = ()
    if panels:
        caption = (
            f"{_setting(panels.values())} Investment along one equilibrium path of each Baseline network against the "
            "reference on the same states; below, the distance in percent."
        )
        paths = {formats.greek(group): _paths(case) for group, case in panels.items()}
        drawn = (Picture(figures.policy_figure(paths, INVESTMENT), "Policy and closed form by period", caption),)
    return Section(title, (*drawn, *_absent([f"{group} Baseline of table1" for group in absent], True)))


def _sizes(cases: Sequence[Case]) -> tuple[Block, ...]:
    agents = sorted({case.numbers["num_agents"] for case in cases if math.isfinite(case.numbers["num_agents"])})
    if not agents:
        return _absent(["every row of figure3"])
    by_size = [[case for case in cases if case.numbers["num_agents"] == size] for size in agents]
    rows = {
        "policy error (%)": 100 * _range(by_size, "policy_error_mean"),
        "training time (s)": _range(by_size, "train_seconds"),
    }
    counts = ", ".join(
        f"N = {size:,.0f}: {sum(case.converged for case in group)}/{len(group)}"
        for size, group in zip(agents, by_size, strict=True)
    )
    caption = f"φ(ReLU): median over seeds, whiskers from the lowest to the highest. Converged: {counts}."
    if not np.isfinite(rows["policy error (%)"]).all():
        caption += " Errors that are missing or not finite are not drawn."
    return (Picture(figures.size_figure(np.array(agents), rows), "Policy error and training time against N", caption),)


def _range(groups: Sequence[Sequence[Case]], column: str) -> np.ndarray:
    """Lowest, median and highest of a column in each group: [3, S]."""
    lowest = [min((c.numbers[column] for c in g if math.isfinite(c.numbers[column])), default=math.nan) for g in groups]
    return np.array([lowest, [median_error(g, column) for g in groups], [worst(g, column) for g in groups]])


def _curvatures(cases: Sequence[Case]) -> tuple[Block, ...]:
    chosen: dict[str, Case] = {}
    absent = []
    for curvature in CURVATURES:
        found = _first_converged([c for c in cases if math.isclose(c.numbers["demand_curvature"], curvature)])
        if found is None:
            absent.append(f"ν = {curvature:g} of figure5")
        else:
            chosen[f"ν = {curvature:g}"] = found
    if not chosen:
        return _absent(absent, True)
    paths = {label: _paths(case) for label, case in chosen.items()}
    figure = figures.curves_figure(paths, INVESTMENT)
    caption = "Investment along one equilibrium path for each curvature ν of demand, first seed that converged."
    return (Picture(figure, "Investment by period, one curve a curvature", caption), *_absent(absent, True))


def _baselines(cases: Sequence[Case], groups: Sequence[str]) -> tuple[dict[str, Case], list[str]]:
    found = {g: _first_converged([c for c in cases if c.row == row_key(g, "Baseline")]) for g in groups}
    absent = [formats.greek(group) for group, case in found.items() if case is None]
    return {group: case for group, case in found.items() if case is not None}, absent


def _first_converged(cases: Sequence[Case]) -> Case | None:
    usable = [case for case in cases if case.converged and (case.directory / "paths.csv").is_file()]
    return min(usable, key=lambda case: case.numbers["seed"], default=None)


def _paths(case: Case) -> Mapping[str, np.ndarray]:
    return read_columns(case.directory / "paths.csv", PATH_COLUMNS, ("reference_action",))


def _setting(cases: Iterable[Case]) -> str:
    """Says for which N and curvature cases were solved, and with how many seeds."""
    cases = list(cases)
    if not cases:
        return "No case of ours is in results.csv."
    values = [sorted({case.numbers[column] for case in cases}) for column in ("num_agents", "demand_curvature", "seed")]
    agents, curvature, seeds = ([f"{value:g}" for value in column] for column in values)
    word = "seed" if len(seeds) == 1 else "seeds"
    return f"N = {', '.join(agents)}, ν = {', '.join(curvature)}; {word} {', '.join(seeds)}."


def _absent(names: Sequence[str], converged: bool = False) -> tuple[Text, ...]:
    if not names:
        return ()
    what = "Missing, hence not drawn (no converged case with a paths.csv)" if converged else "Not in results.csv"
    return (Text(f"{what}: {'; '.join(names)}."),)
