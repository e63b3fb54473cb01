"""Simulated series and slices of firms with branches as a run leaves them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from hetkeras.report.parts.reading import read_columns, read_rows
from hetkeras.report.parts.series import DYNAMIC, counted

SIMULATION, RESPONSE = "branch_simulation.csv", "uncertainty_shock.csv"
INVESTMENT, HIRING, PRICE = "investment_slice.csv", "hiring_slice.csv", "price_slice.csv"
FILES = (SIMULATION, RESPONSE, INVESTMENT, HIRING, PRICE)
AGGREGATES = ("output", "investment", "labor", "mean_capital", "price")
SHARES = {
    "share_00": "neither adjusted",
    "share_10": "capital only",
    "share_01": "labor only",
    "share_11": "both",
}
RESPONSES = {
    "uncertainty": "economies under high uncertainty",
    "output": "output",
    "investment": "investment",
    "labor": "labor",
    "consumption": "consumption",
    "inaction": "firms that do nothing",
}


def read_simulation(path: Path) -> dict[str, np.ndarray]:
    """Returns the series of a simulation, with those of a reference where there are any."""
    reference = tuple(f"reference_{name}" for name in AGGREGATES)
    return counted(read_columns(path, ("period", "uncertainty", *AGGREGATES, *SHARES, *DYNAMIC), reference))


def read_responses(path: Path) -> dict[str, np.ndarray]:
    """Returns mean responses and their standard errors by period."""
    return read_columns(path, ("period", *RESPONSES, *(f"{name}_se" for name in RESPONSES)), ("economies",))


def read_slice(path: Path, x: str) -> tuple[np.ndarray, dict[tuple[int, int, int], np.ndarray]]:
    """Returns x and its functions by productivity of all, of the firm, and what is held fixed, counted from 1."""
    names = [name for name in read_rows(path, (x,))[0] if re.fullmatch(r"z\d+_e\d+_h\d+", name)]
    columns = read_columns(path, (x, *names))
    return columns[x], {_place(name): columns[name] for name in names}


def _place(name: str) -> tuple[int, int, int]:
    """The numbers of z1_e2_h3."""
    everyone, firm, held = map(int, re.findall(r"\d+", name))
    return everyone, firm, held


def read_prices(path: Path) -> tuple[np.ndarray, dict[str, list[np.ndarray]]]:
    """Returns prices, and investment and hiring at them by the firm's productivity."""
    header = read_rows(path, ("price", "investment_1", "hiring_1"))[0]
    count = sum(re.fullmatch(r"investment_\d+", name) is not None for name in header)
    names = {kind: [f"{kind}_{e + 1}" for e in range(count)] for kind in ("investment", "hiring")}
    columns = read_columns(path, ("price", *names["investment"], *names["hiring"]))
    return columns["price"], {kind: [columns[name] for name in each] for kind, each in names.items()}
