"""Moments of a reloaded solution, for calibration and estimation."""

from __future__ import annotations

from pathlib import Path

from hetkeras import saved_model
from hetkeras.errors import CalibrationError
from hetkeras.method import method_of
from hetkeras.saved_model import LoadedSolution


def moments(
    solution: LoadedSolution | str | Path, periods: int = 200, firms: int = 1000, seed: int = 0
) -> dict[str, float]:
    """Moments of agents and of aggregates over one simulated path, by name; draws depend on the seed alone.

    Args:
      solution: as `hetkeras.load` returns it, or the directory of its SavedModel.
      periods: T, after those in which the start is forgotten.
      firms: N agents of the panel.
      seed: of all draws.

    Raises:
      SavedModelError: if it cannot be loaded.
      CalibrationError: if there are fewer than 10 periods or 2 firms, or the method knows no moments.
    """
    for name, count, least in (("periods", periods, 10), ("firms", firms, 2)):
        if count < least:
            raise CalibrationError(f"{name} is {count}; expected at least {least}")
    loaded = solution if isinstance(solution, LoadedSolution) else saved_model.load(solution)
    return dict(method_of(loaded.model).moments(loaded, periods, firms, seed))
