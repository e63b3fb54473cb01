"""Measurements at many calibrations as one: converged means everywhere, and the worst calibration is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hetkeras.diagnosis.check import Check
from hetkeras.diagnosis.diagnosis import Diagnosis

TABLE = "box"  # a row for each calibration: its parameters, what was measured, whether it passed


def everywhere(found: Sequence[tuple[Mapping[str, float], Diagnosis]]) -> Diagnosis:
    """One diagnosis of several.

    Args:
      found: calibrations, field -> value, and what was measured there; the same checks everywhere.

    Returns:
      Each check at the calibration where it is worst, and the table "box".
    """
    names = dict.fromkeys(check.name for _, diagnosis in found for check in diagnosis.checks)
    checks = [(theta, check) for theta, diagnosis in found for check in diagnosis.checks]
    worst = [_worst([each for each in checks if each[1].name == name]) for name in names]
    converged = np.array([each.converged for _, each in found])
    numbers: dict[str, float | None] = {"calibrations": len(found), "calibrations_converged": int(converged.sum())}
    numbers |= {check.name: check.measured for check in worst}
    parameters = {name: np.array([theta[name] for theta, _ in found]) for name in found[0][0]}
    measured = {name: np.array([_measured(each, name) for _, each in found]) for name in names}
    return Diagnosis(numbers, tuple(worst), {TABLE: {**parameters, **measured, "converged": converged.astype(int)}})


def _worst(checks: Sequence[tuple[Mapping[str, float], Check]]) -> Check:
    """The gravest of one check at several calibrations; its advice says where."""
    theta, check = max(checks, key=lambda each: _gravity(each[1]))
    where = ", ".join(f"{name}={value:.4g}" for name, value in theta.items())
    return check._replace(advice=f"at {where}: {check.advice}")


def _gravity(check: Check) -> tuple[bool, float]:
    """Failed before passed; then the nearer to its limit."""
    if check.measured is None:
        return True, np.inf
    return not check.passed, -check.measured if check.expected.startswith(">") else check.measured


def _measured(diagnosis: Diagnosis, name: str) -> float:
    value = next((check.measured for check in diagnosis.checks if check.name == name), None)
    return np.nan if value is None else value
