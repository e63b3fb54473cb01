"""Is a reloaded solution the solution? Measured by the method of its contract, from nothing but its own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hetkeras import saved_model
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import method_of
from hetkeras.saved_model import LoadedSolution


def diagnose(solution: LoadedSolution | str | Path, **options: Any) -> Diagnosis:
    """Measures a solution; print the result for the PASS/FAIL table.

    Args:
      solution: as `hetkeras.load` returns it, or the directory of its SavedModel.
      options: of the measurement, those of the method.

    Raises:
      SavedModelError: if it cannot be loaded.
      CalibrationError: if an option is unknown.
    """
    loaded = solution if isinstance(solution, LoadedSolution) else saved_model.load(solution)
    method = method_of(loaded.model)
    return method.measure(loaded, method.shorter(**options))
