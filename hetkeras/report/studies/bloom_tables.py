"""Tables of a run in which firms choose in branches, beside what is published (Yokomoto 2026, Tables 5 to 12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Table, cells
from hetkeras.report.studies.cases import read_published
from hetkeras.report.studies.krusell_smith_rows import AGGREGATES as CYCLED
from hetkeras.report.studies.krusell_smith_rows import (
    CYCLE,
    FIT,
    OUTCOMES,
    RATIO,
    Rows,
    Statistic,
    decimals,
    forecast_rows,
    in_percent,
)
from hetkeras.report.studies.krusell_smith_tables import YOKOMOTO, Published, paper_cell, run_table, written_cell

METHODS = tuple(YOKOMOTO)
CALIBRATION = {
    "discount_factor": 0.98725854,
    "capital_share": 0.25,
    "labor_share": 0.5,
    "leisure_weight": 2.0,
    "depreciation": 0.026,
    "separation": 0.088,
    "resale_loss": 0.339,
    "fixed_capital_cost": 0.0,
    "fixed_labor_cost": 0.096,
    "hiring_cost": 0.072,
    "aggregate_persistence": 0.95,
    "aggregate_volatility": [0.00668421, 0.01073278],
    "idiosyncratic_persistence": 0.95,
    "idiosyncratic_volatility": [0.05075156, 0.20894391],
    "regime_transition": [0.97421073, 0.02578927, 0.05944348, 0.94055652],
    "num_aggregate": 5,
    "num_idiosyncratic": 5,
    "chain_width": 2.0,
}
"""The paper's, field by field; nodes of capital and labor are no economics."""


def _off(name: str, words: str, write: Callable[[float], str], unit: str) -> Rows:
    """Deviations among points in the wrong branch."""
    quantiles = (("q50", "median"), ("q95", "95th percentile"), ("q99", "99th percentile"))
    return (
        f"{words}, absolute deviation ({unit})",
        *(Statistic(label, f"{name}_off_{key}", write) for key, label in quantiles),
        Statistic("share beyond 0.5", f"{name}_off_far", formats.significant),
    )


TIME: Rows = (
    Statistic("policy and value, first round (min)", "", published="first_policy_minutes"),
    Statistic("simulation, first round (min)", "", published="first_simulation_minutes"),
    Statistic("whole solve (min)", "solve_seconds", decimals(1, 1 / 60), "total_minutes"),
    Statistic("whole solve less compilation (min)", "train_seconds", decimals(1, 1 / 60)),
    Statistic("rounds", "rounds"),
    Statistic("prices tried a period", "evaluations", decimals(1)),
)
EXACT: Rows = (
    "Exact choices of firms that expect the same",
    *(Statistic(f"s.d. of {words} (%)", f"reference_sd_{name}", RATIO) for name, words in CYCLED.items()),
    *(
        Statistic(f"correlation of {words} with output", f"reference_correlation_{name}", RATIO)
        for name, words in list(CYCLED.items())[1:]
    ),
    "Distance to them on the same shocks, mean (%)",
    *(Statistic(words, f"reference_gap_{name}", in_percent) for name, words in OUTCOMES.items()),
)


def classification_rows(investment: str = "goods", hiring: str = "share of time") -> Rows:
    """Shares of points in the right branch, and deviations of the others, in these units."""
    return (
        Statistic("points", "points", decimals(0)),
        Statistic("in the right branch (%)", "classified", decimals(2, 100)),
        Statistic("counted strictly (%)", "classified_strictly", decimals(2, 100)),
        *_off("investment", "Investment", decimals(3), investment),
        *_off("hiring", "Hiring", decimals(3), hiring),
        *_off("value", "Value lost", decimals(4), "units of the value"),
    )


SAMPLED: Rows = (
    "Mean over further paths as long",
    Statistic("paths", "paths", decimals(0)),
    *(Statistic(f"s.d. of {words} (%)", f"sd_{name}_paths", RATIO) for name, words in CYCLED.items()),
    *(
        Statistic(f"correlation of {words} with output", f"correlation_{name}_paths", RATIO)
        for name, words in list(CYCLED.items())[1:]
    ),
    "Standard deviation between them: what one path leaves open",
    *(Statistic(f"s.d. of {words} (%)", f"sd_{name}_paths_sd", RATIO) for name, words in CYCLED.items()),
    *(
        Statistic(f"correlation of {words} with output", f"correlation_{name}_paths_sd", RATIO)
        for name, words in list(CYCLED.items())[1:]
    ),
)
ROWS: dict[str, Rows] = {
    "cycle": CYCLE,
    "forecast": tuple(row for outcome in OUTCOMES.items() for row in forecast_rows(*outcome)),
    "classification": classification_rows(),
}
BLOOM = Published("yokomoto_2026_bloom", YOKOMOTO, {"time": TIME, **ROWS})


def beside_published(name: str, numbers: Mapping[str, Any]) -> Table:
    """Returns one of ROWS: the published methods, then this run.

    Args:
      name: key of ROWS.
      numbers: content of diagnostics.json.
    """
    return run_table(name, present_rows(name, numbers), numbers, BLOOM)


def present_rows(name: str, numbers: Mapping[str, Any]) -> Rows:
    """Rows of a table, with those that not every run has."""
    more = {"reference_sd_output": EXACT, "paths": SAMPLED} if name == "cycle" else {}
    return (*ROWS[name], *(row for column, rows in more.items() if column in numbers for row in rows))


def by_state(numbers: Mapping[str, Any]) -> Table:
    """Returns errors of the rules in each aggregate state that the simulation visited (Table 10)."""
    papers = _published("state")
    rows = []
    for state in visited_states(numbers):
        found = []
        for outcome in OUTCOMES:
            for kind, write in (("rmse", in_percent), ("r2", FIT)):
                statistic = Statistic("", f"forecast_{kind}_{outcome}_{state}", write)
                found += [paper_cell(papers.get((statistic.column, method))) for method in METHODS]
                found.append(written_cell(numbers, statistic))
        rows.append((*cells(state.replace("_", " ")), *found))
    names = [f"{words}, {kind}" for words in OUTCOMES.values() for kind in ("RMSE (%)", "R²")]
    header = ("", *(*METHODS, "ours") * len(names))
    return Table(header, tuple(rows), (("", 1), *((name, len(METHODS) + 1) for name in names)))


def visited_states(numbers: Mapping[str, Any]) -> list[str]:
    """Names of aggregate states that the simulation visited, as z1_s0_l0."""
    prefix = "forecast_rmse_price_"
    return [name.removeprefix(prefix) for name in numbers if name.startswith(f"{prefix}z")]


def _published(table: str) -> dict[tuple[str, str], Mapping[str, str]]:
    return {(row["statistic"], row["method"]): row for row in read_published(BLOOM.paper) if row["table"] == table}
