"""Options that the solves of all economies of firms share, and what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from annotated_types import Interval

from hetkeras.method import Options
from hetkeras.methods.krusell_smith.rules.first import explosive_states, first_rules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules, rules_at_rest
from hetkeras.numerics.approximation import ROUGH, Chain, chain_notes
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.tensorboard import Picture, TensorBoard
from hetkeras.training.trainer import Action

if TYPE_CHECKING:
    from hetkeras.methods.krusell_smith.firms import Firms
    from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
    from hetkeras.training.run_directory import RunDirectory
    from hetkeras.training.solver import Solver

SHAPING = ("method", "shocks", "first_rules", "start", "fixed_rules", "damping", "memory")


@dataclasses.dataclass(frozen=True)
class KrusellSmithOptions(Options):
    """Options of the outer loop over forecast rules."""

    method: Annotated[Literal["neural", "grid"], "Networks, or the classical method on grids."] = "neural"
    shocks: Annotated[
        str | None, "CSV with a column 'aggregate_index'; default: Terry's (2017) for his chain, else drawn."
    ] = None
    first_rules: Annotated[
        str | None, "CSV of log-linear rules to start from, one row for each aggregate state, as rules.csv of a run."
    ] = None
    start: Annotated[
        Literal["classical", "rest"] | None,
        "First rules of networks: of a classical solve on coarse grids (default of firms with one choice, with default "
        "networks and log-linear rules, without --first_rules and --fixed_rules), or through rest points without "
        "frictions.",
    ] = None
    fixed_rules: Annotated[bool, "Keep the first rules: solve, simulate once, do not update."] = False
    damping: Annotated[float, Interval(ge=0.01, le=1), "Share of the way to the regression that the rules go."] = 1.0
    memory: Annotated[int, Interval(ge=0, le=100), "Rounds that Anderson acceleration combines; 0: damping."] = 3

    def violations(self) -> Iterable[str]:
        if self.start is not None and self.first_rules is not None:
            yield f"start is {self.start} and first_rules is {self.first_rules}; expected one of them"
        if self.start == "classical" and self.method == "grid":
            yield "start is classical and method is grid, which is classical; expected start=rest, or method=neural"

    @property
    def from_coarse_solve(self) -> bool:
        """Whether first rules are those of a classical solve on coarse grids."""
        if self.start is None:
            return self.method == "neural" and self.first_rules is None and not self.fixed_rules
        return self.start == "classical"

    @property
    def last(self) -> dict[str, int]:
        """Settings of fixed rules."""
        return {"max_rounds": 1} if self.fixed_rules else {}

    @property
    def chunk_steps(self) -> int:
        """Rounds of the grid are long; steps of networks are not."""
        return 1 if self.method == "grid" else 50


def log_linear_rules(model: Firms, options: KrusellSmithOptions) -> LogLinearRules:
    """Rules of a file, or through the rest points of the frictionless economy."""
    if options.first_rules is not None:
        return first_rules(Path(options.first_rules), model, options.damping, options.memory)
    return rules_at_rest(model, options.damping, options.memory)


def notes(model: Firms, chains: Mapping[str, Chain], options: KrusellSmithOptions) -> Iterator[str]:
    """Yields what discretized processes are like, and first rules that are strange but bearable."""
    told = list(chain_notes(chains))
    yield from told
    if getattr(model, "discretization", None) == "tauchen" and any(note.endswith(ROUGH) for note in told):
        yield "published results have these chains; --set=discretization=rouwenhorst has the moments asked for"
    if options.first_rules is not None and (states := explosive_states(log_linear_rules(model, options))):
        listed = ", ".join(map(str, states))
        yield f"{options.first_rules}: capital_slope is 1 or above in the states {listed}; mean capital explodes there"


def actions(run: RunDirectory, solver: Solver, policies: Mapping[str, Picture]) -> list[Action]:
    """The progress bar and TensorBoard, which draws simulated and expected prices of the last hundred periods.

    Args:
      run: where it is written.
      solver: what is watched.
      policies: title -> draws what is chosen now.
    """
    pictures = {"price, simulated and expected": lambda: _prices(solver.round), **policies}
    title = type(solver.model).__name__
    return [ProgressBar(title), TensorBoard(run.tensorboard, solver.settings(), pictures=pictures)]


def _prices(last: OuterLoop) -> np.ndarray:
    from hetkeras.report.parts.pictures import policy_picture  # matplotlib, for who draws

    series = last.series or {"price": np.zeros(2), "forecast_price": np.zeros(2)}
    price, expected = series["price"][-100:], series["forecast_price"][-100:]
    return policy_picture(np.arange(len(price)), price, expected, "price")
