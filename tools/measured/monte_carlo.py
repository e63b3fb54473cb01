"""What inference claimed and what came out, over data sets from a known truth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hetkeras.estimation.identification import INTERVAL
from tools.measured.markdown import Row, line, markdown, read_measured

TRUTH = {"curvature": 0.6, "persistence": 0.7, "volatility": 0.15}
FIRM_TRUTH = {"largest_cost": 0.0083, "idiosyncratic_volatility": 0.022}
FIRMS, PERIOD, YEARS = 4_000, 25, 200  # of a data set: firms and years; years behind emulated moments
LEVEL = 0.05
PLANTED = "level"  # a parameter that no moment tells
HEADER = (
    "data",
    "sets",
    "parameter",
    "bias",
    "bias in standard errors",
    "spread over standard error",
    "95 % intervals that cover",
    "J tests that reject at 5 %",
    "not identified",
)


def monte_carlo() -> str:
    """The table of the study; simulation errors of its own numbers beside."""
    rows = read_measured("monte_carlo.csv")
    head = (
        "Frictionless investment: 500 firms over 25 years, 6 moments, 10 simulated panels, optimal weights in two "
        "steps (`make montecarlo`). ± is one standard error of the study itself:"
    )
    return "\n".join([head, "", *markdown(HEADER), *map(line, summaries(rows))])


def firm_estimates() -> str:
    """The table of the study of lumpy investment."""
    rows = read_measured("monte_carlo_firms.csv")
    head = (
        f"Khan and Thomas (2008): {FIRMS:,} firms over {PERIOD} years out of the grid solution at the truth, "
        f"{int(rows[0]['degrees']) + len(FIRM_TRUTH)} moments, emulated (`python -m tools.monte_carlo.firms`). ± is "
        "one standard error of the study itself. "
        f"The emulator has the same draws in all sets, one history of {YEARS} years: they alone move estimates by "
        f"{math.sqrt(PERIOD / YEARS):.2g} standard errors, which looks like bias here:"
    )
    return "\n".join([head, "", *markdown(HEADER), *map(line, summaries(rows, FIRM_TRUTH))])


def summaries(rows: Sequence[Row], truths: Mapping[str, float] = TRUTH) -> Iterable[Sequence[str]]:
    """One row for each case and parameter."""
    for case in dict.fromkeys(row["case"] for row in rows):
        chosen = [row for row in rows if row["case"] == case]
        for name, truth in truths.items():
            yield case, str(len(chosen)), name, *_parameter(chosen, name, truth), *_tests(chosen, truths)
        unknown = sum(PLANTED in row["not_identified"].split() for row in chosen)
        if unknown:
            yield case, str(len(chosen)), PLANTED, *[""] * 5, f"{unknown} of {len(chosen)}"


def _parameter(rows: Sequence[Row], name: str, truth: float) -> Iterable[str]:
    """Bias, bias in standard errors, spread over the mean standard error, coverage."""
    known = [row for row in rows if row[f"{name}_error"]]
    gaps = np.array([float(row[name]) - truth for row in known])
    errors = np.array([float(row[f"{name}_error"]) for row in known])
    if len(known) < 2:
        return [""] * 4
    bias, spread = gaps.mean(), gaps.std(ddof=1)
    covered = np.mean(np.abs(gaps) < INTERVAL * errors)
    return [
        f"{bias:+.5f}",
        f"{bias / errors.mean():+.3f} ± {spread / errors.mean() / math.sqrt(len(gaps)):.3f}",
        f"{spread / errors.mean():.3f} ± {1 / math.sqrt(2 * len(gaps)):.3f}",
        _share(float(covered), len(gaps)),
    ]


def _tests(rows: Sequence[Row], truths: Iterable[str]) -> Iterable[str]:
    """How often the J test rejects, and how many estimates lacked a parameter."""
    tests = [float(row["p_value"]) for row in rows if row["p_value"]]
    rejected = _share(sum(each < LEVEL for each in tests) / len(tests), len(tests)) if tests else ""
    unknown = sum(any(name in row["not_identified"].split() for name in truths) for row in rows)
    return [rejected, f"{unknown} of {len(rows)}"]


def _share(share: float, count: int) -> str:
    return f"{100 * share:.1f} ± {100 * math.sqrt(share * (1 - share) / count):.1f} %"
