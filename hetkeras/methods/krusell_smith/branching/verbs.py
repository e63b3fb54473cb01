"""What the verbs ask of the Krusell-Smith method for firms with branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms, FirmState
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, by_function, register
from hetkeras.methods.krusell_smith import options as shared
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path, drawn_path
from hetkeras.methods.krusell_smith.branching.check import chains_of, check_firms
from hetkeras.methods.krusell_smith.branching.choice_picture import investment_picture
from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.measure import measure_branches
from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching
from hetkeras.methods.krusell_smith.branching.options import (
    PERIODS,
    BranchingOptions,
    make_solver,
    need,
    simulation_need,
)
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.rules.files import write_rules
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.trainer import Action

BranchingSolver = BranchingKrusellSmith | NeuralBranching
ECONOMIES = 200  # of own inputs


class BranchingKrusellSmithMethod(Method[BranchingFirms, BranchingOptions, BranchingSolver]):
    """Networks or grids, with forecast rules for prices; choices in branches."""

    contract, options = BranchingFirms, BranchingOptions
    shaping = (*shared.SHAPING, "preset", "width", "policy_width", "depth", "waves")
    measuring = ("shocks", "economies", "at_once", "reference", "paths")

    def check(self, model: BranchingFirms) -> Iterable[str]:
        return check_firms(model)

    def notes(self, model: BranchingFirms, options: BranchingOptions) -> Iterable[str]:
        return shared.notes(model, chains_of(model), options)

    def need(self, model: BranchingFirms, options: BranchingOptions) -> Need:
        return need(model, options)

    def solver(self, model: BranchingFirms, options: BranchingOptions) -> BranchingSolver:
        return make_solver(model, aggregate_path(model, options.shocks, PERIODS[options.preset]), options)

    def actions(self, run: RunDirectory, solver: BranchingSolver) -> list[Action]:
        return shared.actions(run, solver, {"investment by capital": lambda: investment_picture(solver)})

    def chunk_steps(self, options: BranchingOptions) -> int:
        return options.chunk_steps

    def trained(self, solver: BranchingSolver, metrics: Mapping[str, float]) -> dict[str, float]:
        return {"steps": int(solver.step), "rounds": int(solver.round.count)}

    def leave(self, run: RunDirectory, solver: BranchingSolver) -> None:
        write_rules(run.path / "rules.csv", solver.round.rules)

    def measure(
        self, loaded: LoadedSolution[BranchingFirms], options: BranchingOptions, solver: BranchingSolver | None = None
    ) -> Diagnosis:
        plan = options.plan
        needed = simulation_need(loaded.model, plan)
        needed.refuse_beyond_free()
        if plan.economies:
            print(f"response to uncertainty: about {needed.size / 2**20:.0f} MiB of memory")
        return measure_branches(loaded, plan)

    def own_inputs(
        self, loaded: LoadedSolution[BranchingFirms], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray]]:
        simulator = self._simulator(loaded)
        path = drawn_path(loaded.model.aggregate_chain, BURN_IN + min(rows, ECONOMIES), seed)
        found = simulator.run(path[:, None])
        which = BURN_IN + np.arange(rows) % (len(path) - BURN_IN)
        mean_capital, price = (found.series[name][which, 0] for name in ("mean_capital", "price"))
        outlook = simulator.policy.outlook(tf.constant(path[which]), tf.constant(mean_capital))
        firms = firms_of(simulator, found.mass[0], rows, seed)
        return by_function(loaded, {**outlook, "price": price, **firms})

    def simulate(self, loaded: LoadedSolution[BranchingFirms], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        model, simulator = loaded.model, self._simulator(loaded)
        path = drawn_path(model.aggregate_chain, BURN_IN + periods, seed)
        series = simulator.run(path[:, None]).series
        columns = {name: values[BURN_IN:, 0] for name, values in series.items()}
        states, (_, regimes, _) = path[BURN_IN:], model.aggregate_states
        levels = model.aggregate_chain.values[states]
        return {"period": np.arange(periods), "aggregate": levels, "uncertainty": regimes[states], **columns}

    def _simulator(self, loaded: LoadedSolution[BranchingFirms]) -> BranchingEconomies:
        training = loaded.metadata["training"]
        finer = training.get("finer_capital", 1), training.get("finer_labor", 1)
        return BranchingEconomies(loaded.model, LoadedBranchPolicy(loaded.model, loaded.signatures, finer))


def firms_of(simulator: BranchingEconomies, mass: np.ndarray, count: int, seed: int) -> dict[str, np.ndarray]:
    """Firms [B] by the names of exported inputs, drawn from a distribution of them [E, H, L]."""
    levels = simulator.model.idiosyncratic_chain.values, simulator.histogram.capital, simulator.histogram.labor
    drawn = np.random.default_rng(seed).choice(mass.size, count, p=mass.ravel() / mass.sum())
    places = np.unravel_index(drawn, mass.shape)
    return {name: level[place] for name, level, place in zip(FirmState._fields, levels, places, strict=True)}


register(BranchingKrusellSmithMethod())
