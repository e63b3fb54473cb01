"""What happens after a shock that nobody expected, when everything else is foreseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hetkeras import saved_model
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.errors import CalibrationError
from hetkeras.method import method_of
from hetkeras.saved_model import LoadedSolution


def transition(
    solution: LoadedSolution | str | Path,
    path: Mapping[str, Sequence[float]],
    periods: int = 300,
    reference: bool = True,
) -> Diagnosis:
    """Finds the perfect-foresight transition after a one-off shock to fields of the model, and measures it.

    The economy rests until period 0. Then all learn the path of the fields; the last value stays for ever.

    Args:
      solution: of a model of `PriceTakingHouseholds`, as `hetkeras.load` returns it, or its directory.
      path: field -> values in periods 0, 1, ...; a single number: from period 0 on.
      periods: T, after which the economy is to rest again.
      reference: solve on twice as many nodes too, and compare.

    Returns:
      Checks, numbers, and the table "transition": one row a period of the fields, prices and means of households.

    Raises:
      SavedModelError: if it cannot be loaded.
      CalibrationError: if periods is below 2, the method knows no transitions, or the path does not fit the model.
      TrainingDiverged: if no path of prices is found.
    """
    if periods < 2:
        raise CalibrationError(f"periods is {periods}; expected at least 2")
    loaded = solution if isinstance(solution, LoadedSolution) else saved_model.load(solution)
    return method_of(loaded.model).transition(loaded, path, periods, reference)
