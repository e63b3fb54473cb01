"""The table of checks at the end of `make solve`."""

from __future__ import annotations

from hetkeras.command_line.check_table import check_table
from tools.measured.markdown import read_measured

WIDTH = 200


def quick_checks() -> str:
    measured = [list(row.values()) for row in read_measured("quick_checks.csv")]
    rows = [(name, float(number), *rest) for name, number, *rest in measured]
    return "```text\n" + check_table(rows, WIDTH) + "\n```"
