"""Moments of a model at any calibration, by solving it there."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hetkeras.calibration import Calibration
from hetkeras.errors import EstimationError
from hetkeras.verbs.box_moments import mean_moments
from hetkeras.verbs.moments import moments
from hetkeras.verbs.solve import solve


@dataclasses.dataclass(frozen=True)
class SolvedMoments:
    """Solves, proves and simulates; callable as `hetkeras.emulate` and `hetkeras.estimate` want it.

    model: its calibration holds for what is not a parameter.
    options: of the solve, see `hetkeras.solve`.
    moments: of a solution by name, from its draws' seed: by default `hetkeras.moments`.
    """

    model: Calibration
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    moments: Callable[..., Mapping[str, float]] = moments

    @property
    def identity(self) -> str:
        """What tells it from others."""
        names = f"{self.moments.__module__}:{self.moments.__qualname__}"
        return f"{self.model}, {dict(self.options)}, {names}"

    def __call__(self, parameters: Mapping[str, float], simulations: int, seed: int) -> dict[str, float]:
        """Means over S simulations (one, if simulations is 0) of the model with these fields.

        Raises:
          CalibrationError: if it cannot be calibrated like this.
          EstimationError: if its solution is not converged, with the reason.
        """
        model = dataclasses.replace(self.model, **parameters)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            solution = solve(model, Path(folder) / "run", **{"report": False, **self.options})
            measured = solution.metadata["measured"]
            if not measured["converged"]:
                raise EstimationError(f"the solution is not converged: {measured['reason']}")
            return mean_moments(solution, self.moments, simulations, seed)
