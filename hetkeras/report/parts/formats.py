"""How numbers and names are written on a page."""

from __future__ import annotations

import math
import re
from typing import Any

ABSENT = "–"
NOT_FINITE = "not finite"
LONG = 24  # numbers that a list may have to be written out
_GREEK = {"phi": "φ", "rho": "ρ"}


def significant(value: float, digits: int = 2) -> str:
    """Writes 0.0912 as 0.091 and 341.7 as 342: so many significant digits, no exponent, whole units kept."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{max(decimals, 0)}f}"


def percent(share: float) -> str:
    """Writes 0.00091 as 0.091 %, and what is beyond any plain reading as a power of ten."""
    if not math.isfinite(share):
        return _not_finite(share)
    value = 100 * share
    return f"{significant(value)} %" if value == 0 or 1e-4 <= abs(value) < 1e4 else f"{value:.1e} %"


def scientific(value: float) -> str:
    """Writes 4.1e-06, as the paper's tables do."""
    return f"{value:.1e}" if math.isfinite(value) else _not_finite(value)


def fixed(value: float, decimals: int) -> str:
    """Writes so many decimals."""
    return f"{value:,.{decimals}f}" if math.isfinite(value) else _not_finite(value)


def fit(value: float) -> str:
    """Writes an R² so that 0.99996 is not 1."""
    return fixed(value, 6)


def seconds(value: float) -> str:
    """Writes 7.3 and 107."""
    if not math.isfinite(value):
        return _not_finite(value)
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def thousands(value: float) -> str:
    """Writes 66821 as 66.8."""
    return f"{value / 1e3:,.1f}" if math.isfinite(value) else _not_finite(value)


def plain(value: Any) -> str:
    """Writes a value of a JSON file with four significant digits at most."""
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else NOT_FINITE
    return exact(value)


def exact(value: Any) -> str:
    """Writes a value of a JSON file with all its digits."""
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {exact(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(exact, value)) or "none"
    return str(value)


def brief(value: Any) -> str:
    """Writes a value of a JSON file with all its digits, but of a long list only how many numbers and their range."""
    numbers = isinstance(value, list) and all(isinstance(item, int | float) for item in value)
    if numbers and len(value) > LONG:
        return f"{len(value):,} numbers from {plain(min(value))} to {plain(max(value))}, all of them in run.json"
    return exact(value)


def greek(name: str) -> str:
    """Writes phi(ReLU) as φ(ReLU)."""
    return re.sub(r"\b(phi|rho)\b", lambda match: _GREEK[match[0]], name)


def words(name: str) -> str:
    """Writes discount_factor as discount factor."""
    return name.replace("_", " ")


def _not_finite(value: float) -> str:
    return ABSENT if math.isnan(value) else NOT_FINITE
