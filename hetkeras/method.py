"""What a folder of `methods/` offers to the verbs: how models of its contract are solved, measured and simulated.

A method adds its class with `register` in a module called `verbs` of its folder. The verbs find it by the contract
of a model, so that nothing outside the folder names it.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, TypeVar

from annotated_types import Ge, Interval

from hetkeras.calibration import Calibration
from hetkeras.errors import CalibrationError

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

    from hetkeras.diagnosis.diagnosis import Diagnosis
    from hetkeras.saved_model import LoadedSolution
    from hetkeras.training.memory import Need
    from hetkeras.training.run_directory import RunDirectory
    from hetkeras.training.solver import Solver
    from hetkeras.training.trainer import Action

ROOMS = ("hetkeras.methods", "hetkeras.analysis")  # where methods are looked for


@dataclasses.dataclass(frozen=True)
class Options(Calibration):
    """Options of every solve: keywords of `hetkeras.solve` and flags of the command. A method adds its own.

    A text among them names a file.
    """

    REFUSED: ClassVar[str] = "options cannot be chosen like this"

    preset: Annotated[Literal["quick", "paper"], "quick: already right; paper: as in the paper, longer."] = "quick"
    seed: Annotated[int, Interval(ge=0, le=2_000_000), "Seed of weights and of all draws."] = 0
    solver: Annotated[
        tuple[str, ...], "field=value of the method's settings; repeat for several. Unknown fields are refused."
    ] = ()
    devices: Annotated[int, Interval(ge=1, le=64), "GPUs of a machine that share each batch."] = 1
    workers: Annotated[
        int, Interval(ge=1, le=1024), "Processes that share each batch: all are started alike, by TF_CONFIG or srun."
    ] = 1
    parts: Annotated[
        int | None,
        Interval(ge=1, le=1024),
        "Equal parts of each batch; results are the same to the bit wherever they are. Default: one for a device.",
    ] = None
    checkpoint_seconds: Annotated[float, Ge(0), "Least time between two checkpoints."] = 10.0
    report: Annotated[bool, "Draw report.html."] = True

    @property
    def num_parts(self) -> int:
        """Replicas that train, each on one part of a batch."""
        return self.devices * self.workers if self.parts is None else self.parts


ModelT = TypeVar("ModelT", bound=Calibration)
OptionsT = TypeVar("OptionsT", bound=Options)
SolverT = TypeVar("SolverT", bound="Solver")


class Method(abc.ABC, Generic[ModelT, OptionsT, SolverT]):
    """One way to solve all models of a contract.

    contract: the class of the models. options: the class of the options. shaping: names of options that a resumed run
    must share, beside the seed and the settings of the solver. measuring: names of options of a measurement alone.
    """

    contract: ClassVar[type[Calibration]]
    options: ClassVar[type[Options]]
    shaping: ClassVar[tuple[str, ...]] = ()
    measuring: ClassVar[tuple[str, ...]] = ()

    @abc.abstractmethod
    def need(self, model: ModelT, options: OptionsT) -> Need:
        """Memory that training takes, or what is measured after it, whichever is more; nothing is built for it.

        Raises:
          CalibrationError: if settings are unknown or out of range.
        """

    @abc.abstractmethod
    def solver(self, model: ModelT, options: OptionsT) -> SolverT:
        """Builds the solver, with its networks and settings.

        Raises:
          CalibrationError: if options do not fit each other or the model.
        """

    @abc.abstractmethod
    def actions(self, run: RunDirectory, solver: SolverT) -> list[Action]:
        """What is shown while it trains: the progress bar and TensorBoard."""

    @abc.abstractmethod
    def measure(self, loaded: LoadedSolution[ModelT], options: OptionsT, solver: SolverT | None = None) -> Diagnosis:
        """Diagnoses a reloaded solution.

        Args:
          loaded: the solution.
          options: what to measure.
          solver: that exported it, where it is at hand: what it compiled may serve again.
        """

    @abc.abstractmethod
    def simulate(self, loaded: LoadedSolution[ModelT], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        """One path of the reloaded solution: name -> [T], `period` (or `time`) first."""

    @abc.abstractmethod
    def own_inputs(
        self, loaded: LoadedSolution[ModelT], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray | tf.Tensor]]:
        """Inputs of each exported function at states of the solution's own paths, in its own types.

        Args:
          loaded: the solution.
          rows: states; there may be more, and fewer where one is of very many agents.
          seed: of the paths.
        """

    def moments(self, loaded: LoadedSolution[ModelT], periods: int, firms: int, seed: int) -> Mapping[str, float]:
        """Moments of one path of the reloaded solution by name, and of a panel of its agents.

        Raises:
          CalibrationError: if the method knows none.
        """
        raise CalibrationError(
            f"{type(loaded.model).__name__} has no moments here; expected a model of PriceTakingFirms or "
            "SymmetricEconomy, or take them of what hetkeras.simulate returns"
        )

    def transition(
        self, loaded: LoadedSolution[ModelT], path: Mapping[str, Sequence[float]], periods: int, reference: bool
    ) -> Diagnosis:
        """What follows on a shock that nobody expected, from the reloaded solution at rest; see the verb.

        Raises:
          CalibrationError: if the method knows no transitions, or the path does not fit.
        """
        raise CalibrationError(
            f"{type(loaded.model).__name__} has no transitions here; expected a model of PriceTakingHouseholds"
        )

    def check(self, model: ModelT) -> Iterable[str]:
        """Yields one sentence for each thing in which the model contradicts itself; before any training."""
        return ()

    def notes(self, model: ModelT, options: OptionsT) -> Iterable[str]:
        """Yields one sentence for each thing that is no error but worth a word before any training."""
        return ()

    def chunk_steps(self, options: OptionsT) -> int:
        """Steps between two looks at the solver."""
        return 50

    def trained(self, solver: SolverT, metrics: Mapping[str, float]) -> dict[str, float]:
        """Numbers that only training knows, for diagnostics.json."""
        return {}

    def leave(self, run: RunDirectory, solver: SolverT) -> None:
        """Writes files of its own into the run directory."""

    def shorter(self, **options: Any) -> Options:
        """Options of a measurement alone, without what takes long and decides nothing."""
        return self.options(**options)


def by_function(loaded: LoadedSolution, columns: Mapping[str, Any]) -> dict[str, dict[str, np.ndarray]]:
    """Name of each exported function -> its inputs out of columns by name, in its own types."""
    import numpy as np  # for who asks

    found = {}
    for name, about in loaded.metadata["signatures"].items():
        parts = {each: np.asarray(columns[each]) for each in about["inputs"]}
        kinds = {each: np.int32 if part.dtype.kind in "iu" else about["dtype"] for each, part in parts.items()}
        found[name] = {each: part.astype(kinds[each]) for each, part in parts.items()}
    return found


def register(method: Method) -> Method:
    """Makes a method known for its contract and returns it."""
    _of.register(method.contract, lambda model: method)
    return method


def method_of(model: Calibration) -> Method:
    """The method for a model, by its contract; the most special one that fits.

    Raises:
      CalibrationError: if the model fulfills no contract that a method is for.
    """
    return method_of_class(type(model))


def method_of_class(model: type[Calibration]) -> Method:
    """As `method_of`, for a class of models.

    Raises:
      CalibrationError: if it fulfills no contract that a method is for.
    """
    _find()
    return _of.dispatch(model)(model)


def contracts() -> list[type[Calibration]]:
    """The contracts that methods are for, the general before the special."""
    _find()
    known = [kind for kind in _of.registry if kind is not object]
    return sorted(known, key=lambda kind: (len(kind.__mro__), kind.__name__))


@functools.singledispatch
def _of(model: type) -> Method:
    known = ", ".join(kind.__name__ for kind in contracts())
    raise CalibrationError(
        f"{model.__name__} fulfills no contract that a method is for; expected a subclass of one of {known}"
    )


@functools.cache
def _find() -> None:
    """Imports the module `verbs` of every room, which registers what is in it."""
    for room in map(importlib.import_module, ROOMS):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if module.name.endswith(".verbs"):
                importlib.import_module(module.name)
