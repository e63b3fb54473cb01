"""A record of measurements against fresh ones: every number that both have, each within a tolerance.

Whatever is drawn is drawn from the same seeds, so that most numbers come back as they were, up to rounding. Others hang
on rounding, or on draws that another version of the program makes otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hetkeras.diagnosis.check import Check, at_most, equal

VERDICT = ("converged", "reason")


class Tolerance(NamedTuple):
    """How far a number may be from the recorded one, and why: `relative` to it, `absolute`, or in standard errors.

    numbers: which ones, for readers; errors: of the number called `of` followed by `_error` in the record.
    """

    numbers: str
    why: str
    relative: float = 0.0
    absolute: float = 0.0
    errors: float = 0.0
    of: str = ""


COUNTED = Tolerance("counts, shares that must be one", "it is counted")
ROUNDED = Tolerance(
    "excess demand, resource gap, distances of exported functions",
    "rounding and the search of prices leave it",
    relative=0.02,
    absolute=1e-6,
)
SEARCHED = Tolerance("evaluations a period", "it hangs on where searches start", relative=0.25)
VISITED = Tolerance(
    "residuals at states that paths visit", "it is of some hundred states that paths happen to visit", relative=0.15
)
SHARES = Tolerance("shares and values that are means over these states", "it is a mean over such states", relative=0.04)
SPREAD = Tolerance(
    "standard errors of a policy's simulated value",
    "it is a standard error out of some dozen pairs of paths",
    relative=0.5,
)
FLOATS = Tolerance(
    "all others", "residuals of networks in single precision are no smoother", relative=0.02, absolute=1e-12
)
DRAWN = Tolerance(
    "values of a policy by simulation",
    "two means of independent draws are less than 6 standard errors of one apart",
    errors=6.0,
)
TOLERANCES = {
    "num_.*|calibrations.*|periods|has_reference|cleared|paths_bounded|fallen_sector": COUNTED,
    "excess_demand_max|resource_gap|continuation_error|outside_bounds|out_of_range|signature_gap": ROUNDED,
    "evaluations": SEARCHED,
    "(gain_)?residual_own_(rms|p95)|residual_fallen_rms": VISITED,
    "active_share|accepted_share|long_run_active_share|value_own_mean|value_full|frozen_value_full": SHARES,
    "policy_(value|worth)_(error|limit)": SPREAD,
    "policy_value(_gap)?": DRAWN._replace(of="policy_value"),
    "policy_worth(_gap)?": DRAWN._replace(of="policy_worth"),
    ".*": FLOATS,
}
"""Names, as regular expressions -> tolerance; the first that fits counts."""


def record_checks(
    recorded: Mapping[str, Any], numbers: Mapping[str, float | None], compared: bool = True
) -> list[Check]:
    """One check that passes if all of the record is right; else one for each number that is not.

    Args:
      recorded: name -> number, and the verdict.
      numbers: as measured now; what only one of the two has is not compared.
      compared: whether the two were measured on the same shocks; else it is only looked at whether all are numbers.
    """
    both = [name for name in recorded if name in numbers] if compared else []
    wrong = [*_no_numbers(recorded, numbers), *_off(recorded, numbers, both)]
    label = f"numbers unlike the metadata's, of {len(both)}" if compared else "no numbers in the metadata"
    return wrong or [equal(label, 0.0, 0.0, "measured errors are not those recorded")]


def _no_numbers(recorded: Mapping[str, Any], numbers: Mapping[str, float | None]) -> Iterator[Check]:
    """What is not finite; null stands for what is not finite when it is measured again."""
    for name, value in recorded.items():
        null = value is None and name in numbers and numbers[name] is None
        if name not in VERDICT and not (_is_number(value) or null):
            yield Check(f"{name}: in the metadata", None, "a number", False, f"the metadata state {value!r}")
    if not isinstance(recorded.get("converged", False), bool):
        yield Check("converged: in the metadata", None, "true or false", False, "the verdict of the record is edited")


def _off(recorded: Mapping[str, Any], numbers: Mapping[str, float | None], names: list[str]) -> Iterator[Check]:
    for name in names:
        value, measured = recorded[name], numbers[name]
        if _is_number(value):
            tolerance = next(each for pattern, each in TOLERANCES.items() if re.fullmatch(pattern, name))
            gap = None if measured is None else abs(measured - value)
            advice = f"measured errors are not those recorded ({tolerance.why})"
            check = at_most(f"{name}: distance to the metadata's", gap, _limit(tolerance, value, recorded), advice)
            if not check.passed:
                yield check


def _limit(tolerance: Tolerance, value: float, recorded: Mapping[str, Any]) -> float:
    error = recorded.get(f"{tolerance.of}_error", 0.0) if tolerance.errors else 0.0
    sampled = tolerance.errors * error if _is_number(error) else 0.0
    return tolerance.absolute + tolerance.relative * abs(value) + sampled


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
