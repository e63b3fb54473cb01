"""Moments of a run in which firms adjust at random costs: beside the published ones at the paper's calibration."""

from __future__ import annotations

from pathlib import Path

from hetkeras.report.parts.content import Block, Text
from hetkeras.report.parts.published import has_calibration, published
from hetkeras.report.parts.reading import read_json
from hetkeras.report.studies.krusell_smith_rows import CYCLE, MICRO, Rows, present
from hetkeras.report.studies.krusell_smith_tables import KHAN_THOMAS, run_table, sources

MODEL, DIAGNOSTICS = "KhanThomas", "diagnostics.json"
CALIBRATION = {
    "discount_factor": 0.977,
    "capital_share": 0.256,
    "labor_share": 0.64,
    "leisure_weight": 2.4,
    "frisch_elasticity": None,
    "largest_cost": 0.0083,
    "depreciation": 0.069,
    "aggregate_persistence": 0.859,
    "aggregate_volatility": 0.014,
    "idiosyncratic_persistence": 0.859,
    "idiosyncratic_volatility": 0.022,
    "num_aggregate": 5,
    "num_idiosyncratic": 5,
    "chain_width": 2.0,
    "discretization": "tauchen",
}
"""The paper's, field by field; how far nodes of capital reach is no economics."""
TITLES = {
    "cycle": "The business cycle: logs, Hodrick-Prescott filter with λ = 100, burn-in left out.",
    "micro": "Firms, mean over periods: investment rates i/k, and levels. Those that do not adjust count as i/k = 0.",
}
ROWS: dict[str, Rows] = {"cycle": CYCLE, "micro": MICRO}


def firm_tables(directory: Path) -> tuple[Block, ...]:
    """Returns the business cycle and moments over firms; nothing where they were not measured.

    Raises:
      RunDirectoryError: if a file is damaged.
    """
    path = directory / DIAGNOSTICS
    numbers = read_json(path) if path.exists() else {}
    study = KHAN_THOMAS if published(directory, MODEL) and has_calibration(directory, CALIBRATION) else None
    blocks: list[Block] = []
    for name, title in TITLES.items():
        if rows := present(ROWS[name], numbers):
            said = f"{title} Published: {sources(name, study)}." if study else title
            blocks += [Text(said), run_table(name, rows, numbers, study)]
    return tuple(blocks)
