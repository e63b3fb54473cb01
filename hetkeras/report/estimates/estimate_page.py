"""The page of an estimate: parameters, fit, what moves them, what is identified, profiles and starts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.report.estimates.figures import fit_figure, profile_figure, sensitivity_figure
from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Cell, Page, Picture, Section, Table, Text, absent, cells
from hetkeras.report.parts.reading import number, read_columns, read_json, read_rows

ESTIMATE = "estimate.json"
KEYS = ("converged", "weights", "simulations", "j_statistic", "j_degrees", "j_p_value", "j_remark", "weakest_direction")
ONE_DEGREE = 3.841458820694124  # 95 % of chi-squared
FIT = (
    "Data less the model at the estimate, over the standard error of that difference, which counts that the parameters "
    "were fitted to the same moments. Band: nineteen of twenty differences of a right model."
)
SENSITIVE = (
    "How an estimate would move if a moment of the data were one standard error larger, in standard errors of the "
    "estimate (Andrews, Gentzkow and Shapiro 2017)."
)
PROFILES = (
    "The least distance to the data with one parameter held, the others searched anew, above the least of all. A flat "
    "profile says that the moments do not tell the parameter. The scale is linear below the line, logarithmic above."
)


def estimate_page(directory: Path) -> Page:
    """Returns the page of the directory of an estimate.

    Raises:
      RunDirectoryError: if a file is missing or damaged.
    """
    told = read_json(directory / ESTIMATE, KEYS)
    simulated = f"{told['simulations']} simulated panels" if told["simulations"] else "exact moments"
    return Page(
        title=f"Estimate: {directory.resolve().name}",
        subtitle=f"{told.get('function', 'a function')}, {told['weights']} weights, {simulated}",
        verdict=_verdict(told),
        sections=(
            Section("Parameters", (_parameters(directory),)),
            Section("Fit", (*_fit(directory), Text(_j_test(told)))),
            Section("What moves the estimates", _sensitivity(directory)),
            Section("What the moments tell", _identification(directory, told)),
            Section("Profiles", _profiles(directory, told)),
            Section("Starts", (_starts(directory),)),
            Section("Checks", (_checks(directory),)),
        ),
    )


def _verdict(told: Mapping[str, Any]) -> Text:
    if told["converged"] is True:
        return Text("Converged: starts agree, inside the box, and the moments tell all parameters", "good")
    return Text(f"Not converged: {told.get('reason') or 'no reason is on file'}", "bad")


def _parameters(directory: Path) -> Table:
    rows = []
    path = directory / "parameters.csv"
    columns = ("estimate", "standard_error", "low", "high", "box_low", "box_high")
    for line, row in enumerate(read_rows(path, ("parameter", *columns, "remark")), 2):
        value, error, low, high, *box = (number(path, line, row, column) for column in columns)
        interval = f"{low:.4g} to {high:.4g}" if math.isfinite(low) else formats.ABSENT
        known = Cell(row["remark"], "bad") if row["remark"] else Cell(_number(error))
        rows.append((*cells(row["parameter"], _number(value)), known, *cells(interval, "{:g} to {:g}".format(*box))))
    return Table(("parameter", "estimate", "standard error", "95 % interval", "box"), tuple(rows))


def _fit(directory: Path) -> tuple[Block, ...]:
    names, columns = _named(directory / "fit.csv", "moment", ("data", "standard_error", "model", "t"))
    numbers = zip(*columns.values(), strict=True)
    rows = [(*cells(name, *map(_number, row)),) for name, row in zip(names, numbers, strict=True)]
    table = Table(("moment", "data", "standard error", "model", "t"), tuple(rows))
    return table, Picture(fit_figure(names, columns["t"]), "Data less model of each moment, in standard errors", FIT)


def _j_test(told: Mapping[str, Any]) -> str:
    if told["j_remark"]:
        return f"J test: {told['j_remark']}."
    return (
        f"J test of the restrictions that are left: {_number(told['j_statistic'])} with {told['j_degrees']} degrees of "
        f"freedom, p value {_number(told['j_p_value'])}. A small p value says that no parameters fit all moments."
    )


def _sensitivity(directory: Path) -> tuple[Block, ...]:
    path = directory / "parameters.csv"
    parameters, errors = _named(path, "parameter", ("standard_error",))
    moments, columns = _named(directory / "sensitivity.csv", "moment", parameters)
    values = np.stack([columns[name] for name in parameters]) / errors["standard_error"][:, None]
    return (
        Picture(sensitivity_figure(parameters, moments, values), "Sensitivity of parameters to moments", SENSITIVE),
    )


def _identification(directory: Path, told: Mapping[str, Any]) -> tuple[Block, ...]:
    path = directory / "identification.csv"
    if not path.exists():
        return (absent(path.name, "where all parameters lie at a bound, no direction is free"),)
    rows = read_rows(path, ("singular_value",))
    names = [name for name in rows[0] if name != "singular_value"]
    table = Table(
        ("singular value", *names),
        tuple(cells(*(_number(number(path, line, row, name)) for name in row)) for line, row in enumerate(rows, 2)),
        numbers_from=0,
    )
    words = Text(
        "Each row is a direction, in shares of the box: through the whole box along it the moments move by so many "
        f"standard errors. Below 3.92 its 95 % interval is as wide as the box. Weakest: {told['weakest_direction']}."
    )
    return table, words


def _profiles(directory: Path, told: Mapping[str, Any]) -> tuple[Block, ...]:
    path = directory / "profiles.csv"
    if not path.exists():
        return (absent(path.name, "no profiles were asked for (--profile_points)"),)
    names, columns = _named(path, "parameter", ("value", "distance"))
    known, estimates = _named(directory / "parameters.csv", "parameter", ("estimate",))
    profiles = {
        name: {column: values[[each == name for each in names]] for column, values in columns.items()} for name in known
    }
    factor = 1 + 1 / told["simulations"] if told["simulations"] else 1.0
    limit = ONE_DEGREE * factor if told["weights"] == "optimal" else None
    figure = profile_figure(profiles, dict(zip(known, estimates["estimate"], strict=True)), limit)
    return (Picture(figure, "Distance along each parameter", PROFILES),)


def _starts(directory: Path) -> Table:
    path = directory / "starts.csv"
    rows = read_rows(path, ("distance",))
    body = [cells(*(_number(number(path, line, row, name)) for name in row)) for line, row in enumerate(rows, 2)]
    return Table(tuple(map(formats.words, rows[0])), tuple(body), numbers_from=0)


def _checks(directory: Path) -> Table:
    rows = read_rows(directory / "checks.csv", ("check", "measured", "expected", "verdict"))
    return Table(tuple(rows[0]), tuple(map(_check, rows)))


def _check(row: Mapping[str, str]) -> tuple[Cell, ...]:
    *values, verdict = row.values()
    return (*cells(*values), Cell(verdict, "good" if verdict == "PASS" else "bad"))


def _named(path: Path, label: str, columns: Sequence[str]) -> tuple[list[str], dict[str, np.ndarray]]:
    """The names of rows, and the numbers beside them."""
    return [row[label] for row in read_rows(path, (label,))], read_columns(path, columns)


def _number(value: Any) -> str:
    return formats.ABSENT if value is None or math.isnan(value) else formats.plain(float(value))
