"""What the verbs ask of the method of households."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, by_function, register
from hetkeras.methods.krusell_smith.households.check import check_households
from hetkeras.methods.krusell_smith.households.consumption_picture import consumption_picture
from hetkeras.methods.krusell_smith.households.endogenous_grid import EndogenousGrid, terms
from hetkeras.methods.krusell_smith.households.error_quantiles import error_quantiles
from hetkeras.methods.krusell_smith.households.loaded import LoadedHouseholds
from hetkeras.methods.krusell_smith.households.measure import measure_households
from hetkeras.methods.krusell_smith.households.options import HouseholdOptions, make_settings, need
from hetkeras.methods.krusell_smith.households.paths import household_panel, household_path
from hetkeras.methods.krusell_smith.households.stationary_solver import StationarySolver
from hetkeras.methods.krusell_smith.households.transition.measure import measured_transition
from hetkeras.methods.krusell_smith.households.wealth import wealth_moments
from hetkeras.numerics.approximation import chain_notes
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import Action

HOUSEHOLDS = 200  # of own inputs


class HouseholdMethod(Method[PriceTakingHouseholds, HouseholdOptions, StationarySolver]):
    """Endogenous grid points, the distribution of households, and the rate that clears the market."""

    contract, options = PriceTakingHouseholds, HouseholdOptions
    measuring = ("reference",)

    def check(self, model: PriceTakingHouseholds) -> Iterable[str]:
        return check_households(model)

    def notes(self, model: PriceTakingHouseholds, options: HouseholdOptions) -> Iterable[str]:
        return chain_notes({"idiosyncratic_chain": model.idiosyncratic_chain})

    def need(self, model: PriceTakingHouseholds, options: HouseholdOptions) -> Need:
        return need(model, options)

    def solver(self, model: PriceTakingHouseholds, options: HouseholdOptions) -> StationarySolver:
        return StationarySolver(model, make_settings(options))

    def actions(self, run: RunDirectory, solver: StationarySolver) -> list[Action]:
        pictures = {"consumption by assets": lambda: consumption_picture(solver.nodes, solver.consumption.numpy())}
        board = TensorBoard(run.tensorboard, solver.settings(), (lambda: watched(solver),), pictures)
        return [ProgressBar(type(solver.model).__name__), board]

    def chunk_steps(self, options: HouseholdOptions) -> int:
        return 1

    def measure(
        self,
        loaded: LoadedSolution[PriceTakingHouseholds],
        options: HouseholdOptions,
        solver: StationarySolver | None = None,
    ) -> Diagnosis:
        return measure_households(loaded, options.reference)

    def own_inputs(
        self, loaded: LoadedSolution[PriceTakingHouseholds], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray]]:
        policy = LoadedHouseholds(loaded.model, loaded.signatures, loaded.metadata["training"]["interest"])
        panel = household_panel(policy, -(-rows // HOUSEHOLDS), HOUSEHOLDS, seed)
        return by_function(loaded, {name: part.T.ravel() for name, part in panel.items()})

    def simulate(
        self, loaded: LoadedSolution[PriceTakingHouseholds], periods: int, seed: int
    ) -> Mapping[str, np.ndarray]:
        policy = LoadedHouseholds(loaded.model, loaded.signatures, loaded.metadata["training"]["interest"])
        return household_path(policy, periods, seed)

    def transition(
        self,
        loaded: LoadedSolution[PriceTakingHouseholds],
        path: Mapping[str, Sequence[float]],
        periods: int,
        reference: bool,
    ) -> Diagnosis:
        return measured_transition(loaded, path, periods, reference)


def watched(solver: StationarySolver) -> dict[str, float]:
    """The rate that is tried, how unequal households are there and how well they choose, for TensorBoard."""
    moments = wealth_moments(solver.nodes, solver.mass.numpy())
    numbers = {"interest": float(solver.interest), **{name: float(each) for name, each in moments.items()}}
    return numbers | error_quantiles(errors_between(solver))


def errors_between(solver: StationarySolver) -> np.ndarray:
    """|c* / c - 1| halfway between nodes, [E, H - 1], where c* is what the Euler equation asks for at the rate."""
    nodes = solver.nodes
    finer = np.sort(np.append(nodes, (nodes[1:] + nodes[:-1]) / 2))
    consumption = np.stack([np.interp(finer, nodes, row) for row in solver.consumption.numpy()])
    given = terms(solver.model, solver.interest.value())
    asked = EndogenousGrid(solver.model, finer).improved(tf.constant(consumption), given).numpy()
    return np.abs(asked / consumption - 1)[:, 1::2]


register(HouseholdMethod())
