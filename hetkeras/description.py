"""What an export tells of itself: calibration, shapes, units, and how the solution was found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from hetkeras.metadata import FORMAT
from hetkeras.model_file import source_of
from hetkeras.solution import Solution

PACKAGES = ("tensorflow", "keras", "numpy", "hetkeras")
AXES = {
    "B": "paths, economies or batch",
    "N": "agents",
    "E": "idiosyncratic states",
    "P": "points",
    "J": "binary states",
    "D": "states",
    "M": "shocks",
    "T": "periods",
    "G": "groups that share the states",
    "F": "firms of a group",
    "C": "cases",
    "H": "nodes of capital",
    "L": "nodes of labor",
    "R": "branches",
}


def description(solution: Solution) -> dict[str, Any]:
    """What a SavedModel of the solution tells of itself before anything is measured on it, for JSON."""
    model = type(solution.model)
    source = source_of(model)
    return {
        "format": FORMAT,
        "model": model.__name__,
        "model_class": f"{source.file if source else model.__module__}:{model.__qualname__}",
        **({"model_source": source._asdict()} if source else {}),
        "calibration": solution.model.as_dict(),
        "units": dict(solution.units),
        "bounds": {name: [_finite(bound) for bound in bounds] for name, bounds in solution.bounds.items()},
        "axes": AXES,
        "chains": {name: chain.as_dict() for name, chain in solution.chains.items()},
        **({"over": {name: list(ends) for name, ends in solution.over.items()}} if solution.over else {}),
        "signatures": {
            name: {"inputs": _axes(s.inputs), "outputs": _axes(s.outputs), "dtype": s.dtype.name}
            for name, s in solution.signatures.items()
        },
        "training": dict(solution.training),
        "versions": {package: version(package) for package in PACKAGES},
        "measured": {},
    }


def _finite(bound: float) -> float | None:
    """JSON has no infinity: the bound of a policy that explodes is null, and its diagnosis says why."""
    return bound if math.isfinite(bound) else None


def _axes(shapes: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(axes) for name, axes in shapes.items()}
