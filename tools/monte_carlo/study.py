"""One replication: a data set of its own, its moments and their covariance, and the estimate that follows."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

import hetkeras as hk
from hetkeras.estimation.estimate import NOT_IDENTIFIED
from hetkeras.model_file import read_function
from tools.measured.markdown import ROOT
from tools.measured.monte_carlo import TRUTH
from tools.monte_carlo.plants import plants

EXAMPLE = ROOT / "docs/examples/estimation/frictionless_investment.py"
BOUNDS = {"curvature": (0.3, 0.9), "persistence": (0.3, 0.95), "volatility": (0.05, 0.4)}
LEVEL = {"level": (0.5, 2.0)}
SIMULATIONS, STARTS, DRAWS = 10, 4, 500


class Case(NamedTuple):
    """Where data come from, and what is asked of them.

    adjustment: of the plants; 1 is the model that is estimated.
    bounds: of the parameters.
    """

    adjustment: float
    bounds: Mapping[str, tuple[float, float]]


CASES = {
    "right model": Case(1.0, BOUNDS),
    "wrong model": Case(0.9, BOUNDS),
    "slightly wrong model": Case(0.95, BOUNDS),
    "flat direction": Case(1.0, BOUNDS | LEVEL),
}


def example() -> ModuleType:
    """The file whose `simulate` and `moments` are tried."""
    return sys.modules[read_function(f"{EXAMPLE}:simulate").__module__]


def replicate(name: str, replication: int) -> dict[str, Any]:
    """A row: estimates and standard errors by parameter, the J test, and what was not identified.

    Two steps, as usual: the covariance of the moments is that of firms drawn anew, then, at the estimate that follows,
    that of the model's own panels.

    Args:
      name: of the case.
      replication: its draws depend on this and the case alone.
    """
    model, case, place = example(), CASES[name], list(CASES).index(name)
    data = plants(TRUTH, model.FIRMS, model.YEARS, [place, replication], case.adjustment)
    moments, seed = model.moments(data), 1_000_000 * (place + 1) + replication
    search = partial(hk.estimate, model.simulate, moments, bounds=case.bounds, simulations=SIMULATIONS, seed=seed)
    first = search(covariance=hk.block_bootstrap(data, model.moments, DRAWS, replication), starts=STARTS)
    middle = {parameter: sum(ends) / 2 for parameter, ends in case.bounds.items()}
    start = middle | {parameter: value for parameter, value in first.parameters.items() if math.isfinite(value)}
    found = search(covariance=hk.parametric_bootstrap(model.simulate, start, DRAWS, seed), start=start, starts=2)
    return {"case": name, "replication": replication, **outcome(found, TRUTH)}


def outcome(found: hk.Estimate, parameters: Iterable[str]) -> dict[str, Any]:
    """Estimates and standard errors by parameter, the J test, and what was not identified."""
    names = list(parameters)
    unknown = [name for name, remark in found.remarks.items() if remark == NOT_IDENTIFIED]
    return {
        **{name: _cell(found.parameters[name]) for name in names},
        **{f"{name}_error": _cell(found.standard_errors[name]) for name in names},
        "j": _cell(found.j_test.statistic),
        "degrees": found.j_test.degrees,
        "p_value": _cell(found.j_test.p_value),
        "not_identified": " ".join(unknown),
        "converged": found.converged,
    }


def _cell(value: float) -> float | str:
    return value if math.isfinite(value) else ""
