"""Tables of an estimate: on a terminal, in LaTeX, and as columns for files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hetkeras.diagnosis.table import table
from hetkeras.latex import escaped, tabular

if TYPE_CHECKING:
    from hetkeras.estimation.estimate import Estimate

ABSENT = "-"


def text(estimate: Estimate) -> str:
    """Parameters, moments, the J test, what is identified, and the verdict."""
    simulated = f"{estimate.simulations} simulated panels" if estimate.simulations else "exact moments"
    known = estimate.identification
    parts = [
        table(("parameter", "estimate", "standard error", "95 % interval"), _parameter_rows(estimate)),
        table(("moment", "data", "model", "t"), _fit_rows(estimate)),
        f"{estimate.j_test}\nweights: {estimate.weights}; {simulated}",
        f"{estimate.diagnosis}",
    ]
    if known.names:
        value = f"{known.singular_values[-1]:.3g}"
        parts[2] += f"\nweakest direction: {known.weakest}, in shares of the box; singular value {value}"
    return "\n\n".join(parts)


def latex(estimate: Estimate) -> str:
    """Parameters with standard errors below, the fit of the moments and the J test, for booktabs."""
    rows: list[Sequence[str]] = []
    for name in estimate.box.names:
        error, remark = estimate.standard_errors[name], estimate.remarks.get(name, "")
        rows.append((escaped(name), _number(estimate.parameters[name])))
        rows.append(("", escaped(remark) if remark else f"({_number(error)})"))
    fit = [tuple(map(escaped, row)) for row in _fit_rows(estimate)]
    head = ("Parameter", "Estimate"), ("Moment", "Data", "Model", "$t$")
    tables = tabular((head[0], *rows), "lr"), tabular((head[1], *fit), "lrrr")
    return "\n".join((*tables, f"{escaped(str(estimate.j_test))}.", ""))


def columns(estimate: Estimate) -> dict[str, Mapping[str, np.ndarray]]:
    """Name of a table -> column -> values."""
    box, names = estimate.box, estimate.box.names
    errors = estimate.targets.standard_errors
    intervals = np.array([estimate.interval(name) for name in names])
    starts, ends = (box.values(np.stack(points)) for points in list(zip(*estimate.found, strict=True))[:2])
    return {
        "parameters": {
            "parameter": np.array(names),
            "estimate": np.array(list(estimate.parameters.values())),
            "standard_error": np.array(list(estimate.standard_errors.values())),
            "low": intervals[:, 0],
            "high": intervals[:, 1],
            "box_low": np.array(box.low),
            "box_high": np.array(box.high),
            "remark": np.array([estimate.remarks.get(name, "") for name in names]),
        },
        "fit": {
            "moment": np.array(estimate.targets.names),
            "data": estimate.targets.values,
            "standard_error": errors,
            "model": estimate.moments,
            "t": estimate.t_values,
        },
        "sensitivity": {
            "moment": np.array(estimate.targets.names),
            **dict(zip(names, estimate.sensitivity * errors, strict=True)),  # by a standard error of the moment
        },
        "starts": {
            **dict(zip((f"start_{name}" for name in names), starts.T, strict=True)),
            **dict(zip(names, ends.T, strict=True)),
            "distance": np.array([each.distance for each in estimate.found]),
        },
        **_identification_columns(estimate),
        **_profile_columns(estimate),
    }


def _identification_columns(estimate: Estimate) -> dict[str, Mapping[str, np.ndarray]]:
    """Singular values and directions, a row each; no table if no parameter is free."""
    known = estimate.identification
    directions = dict(zip(known.names, known.directions.T, strict=True))
    return {"identification": {"singular_value": known.singular_values, **directions}} if known.names else {}


def _profile_columns(estimate: Estimate) -> dict[str, Mapping[str, np.ndarray]]:
    """One table of all profiles, a row a point; none if there are no profiles."""
    box, rows = estimate.box, []
    for name, low, width in zip(box.names, box.low, box.width, strict=True):
        if name in estimate.profiles:
            share, distance = estimate.profiles[name]
            rows += [(name, low + width * at, reached) for at, reached in zip(share, distance, strict=True)]
    names, values, distances = zip(*rows, strict=True) if rows else ((), (), ())
    table = {"parameter": np.array(names), "value": np.array(values), "distance": np.array(distances)}
    return {"profiles": table} if rows else {}


def _parameter_rows(estimate: Estimate) -> Iterable[Sequence[str]]:
    for name in estimate.box.names:
        interval = "{:.4g} to {:.4g}".format(*estimate.interval(name))
        error, remark = _number(estimate.standard_errors[name]), estimate.remarks.get(name, "")
        yield name, _number(estimate.parameters[name]), *((remark, "") if remark else (error, interval))


def _fit_rows(estimate: Estimate) -> Iterable[Sequence[str]]:
    numbers = estimate.targets.values, estimate.moments, estimate.t_values
    for name, data, model, t in zip(estimate.targets.names, *numbers, strict=True):
        yield name, _number(data), _number(model), f"{t:.2f}" if math.isfinite(t) else ABSENT


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else ABSENT
