"""Rows of measured files, and tables in Markdown out of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEASURED = ROOT / "docs" / "measured"
Row = dict[str, str]


def read_measured(name: str) -> list[Row]:
    with (MEASURED / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def markdown(header: Iterable[str]) -> list[str]:
    header = list(header)
    return [line(header), line("---" for _ in header)]


def line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def percent(value: float) -> str:
    return f"{100 * value:.0f} %" if value >= 1 else f"{100 * value:.2g} %"
