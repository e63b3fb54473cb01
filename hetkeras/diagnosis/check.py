"""A check: one measured number, what was expected of it, and whether it passed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Check(NamedTuple):
    """measured is None if the number was NaN or infinite, which never passes."""

    name: str
    measured: float | None
    expected: str
    passed: bool
    advice: str

    @property
    def verdict(self) -> str:
        return "PASS" if self.passed else "FAIL"

    def row(self) -> tuple[str, float | None, str, str]:
        """Returns check, measured, expected, verdict."""
        return self.name, self.measured, self.expected, self.verdict


def at_most(name: str, measured: float | None, limit: float, advice: str, strict: bool = False) -> Check:
    """Expects a number not above a limit (below it if strict)."""
    passed = measured is not None and (measured < limit if strict else measured <= limit)
    return Check(name, measured, f"{'<' if strict else '<='} {limit:.4g}", passed, advice)


def at_least(name: str, measured: float | None, limit: float, advice: str) -> Check:
    """Expects a number not below a limit."""
    return Check(name, measured, f">= {limit:.4g}", measured is not None and measured >= limit, advice)


def equal(name: str, measured: float | None, value: float, advice: str) -> Check:
    """Expects one value."""
    return Check(name, measured, f"= {value:.4g}", measured == value, advice)


def reason(checks: Iterable[Check]) -> str | None:
    """Returns what the first failed check says, or None if all passed."""
    for check in checks:
        if not check.passed:
            measured = "not finite" if check.measured is None else f"{check.measured:.4g}"
            return f"{check.name} is {measured}, expected {check.expected}: {check.advice}"
    return None
