"""One path of a reloaded solution as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hetkeras import saved_model
from hetkeras.errors import CalibrationError
from hetkeras.method import method_of
from hetkeras.saved_model import LoadedSolution

if TYPE_CHECKING:
    import pandas as pd


def simulate(solution: LoadedSolution | str | Path, periods: int = 500, seed: int = 0) -> pd.DataFrame:
    """Simulates a solution; one row a period, one column a series.

    Args:
      solution: as `hetkeras.load` returns it, or the directory of its SavedModel.
      periods: T.
      seed: of the shocks.

    Raises:
      SavedModelError: if it cannot be loaded.
      CalibrationError: if periods is below 1.
    """
    import pandas as pd  # for who simulates

    if periods < 1:
        raise CalibrationError(f"periods is {periods}; expected at least 1")
    loaded = solution if isinstance(solution, LoadedSolution) else saved_model.load(solution)
    columns = dict(method_of(loaded.model).simulate(loaded, periods, seed))
    time = next(iter(columns))
    return pd.DataFrame(columns).set_index(time)
