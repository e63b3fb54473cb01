"""Forecast rules for networks to start from: those of a classical solve on coarse grids, which takes little time.

They spare the networks the rounds in which rules are far off. They prove nothing: the networks' own rounds move them
on, and what is found is held against grids that are much finer.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import tensorflow as tf

from hetkeras.errors import TrainingDiverged, first_line
from hetkeras.methods.krusell_smith.classical_rounds import ClassicalRounds
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from hetkeras.training.phases import phase


class CoarseSolve:
    """A classical solve whose rules are a start, and the same whenever it is made.

    Args:
      solver: of the classical method, on coarse grids, with rules at rest; nothing solved yet.

    Attributes:
      paths: of the last simulation, once it has settled.
    """

    def __init__(self, solver: ClassicalRounds[Any, Any]) -> None:
        self._solver = solver
        self.paths: FirmPaths | None = None

    def give(self, rules: ForecastRules) -> float:
        """Lets rules start from those of the solve; where it does not settle they stay, and the program says so.

        Returns:
          Its seconds, without compilation.
        """
        with phase("first rules, a classical solve"):
            self._compile()
            started = time.monotonic()
            problem = self._solve()
            seconds = time.monotonic() - started
        if problem is None:
            rules.start_from(self._solver.rules)
            self.paths = self._solver.round.paths
        else:
            print(f"note: first rules are at rest, for the classical solve has none: {problem}", file=sys.stderr)
        return seconds

    def _compile(self) -> None:
        self._solver.train(tf.constant(0))
        self._solver.round.simulator.run(self._solver.round.path[:, None], periods=1)

    def _solve(self) -> str | None:
        """What is wrong with it, or None."""
        solver = self._solver
        try:
            while int(solver.step) < solver.num_steps and not solver.finished:
                finite, _ = solver.train(tf.constant(1))
                if not finite:
                    return "its value is not finite"
                solver.refresh()
        except TrainingDiverged as error:
            return first_line(error)
        return None if solver.finished else f"after {solver.num_steps} rounds its rules still move"
