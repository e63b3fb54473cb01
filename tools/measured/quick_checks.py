"""The table of checks at the end of `make solve`."""

from __future__ import annotations

from hetkeras.diagnosis.table import table
from tools.measured.markdown import read_measured


def quick_checks() -> str:
    rows = [list(row.values()) for row in read_measured("quick_checks.csv")]
    rows = [[name, f"{float(measured):.4g}", *rest] for name, measured, *rest in rows]
    return "```text\n" + table(("check", "measured", "expected", "verdict"), rows) + "\n```"
