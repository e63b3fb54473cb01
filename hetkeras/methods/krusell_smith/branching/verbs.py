"""What the verbs ask of the Krusell-Smith method for firms with branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, register
from hetkeras.methods.krusell_smith import options as shared
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path, drawn_path
from hetkeras.methods.krusell_smith.branching.check import chains_of, check_firms
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
        return shared.actions(run, solver, type(solver.model).__name__)

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

    def simulate(self, loaded: LoadedSolution[BranchingFirms], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        model = loaded.model
        training = loaded.metadata["training"]
        finer = training.get("finer_capital", 1), training.get("finer_labor", 1)
        simulator = BranchingEconomies(model, LoadedBranchPolicy(model, loaded.signatures, finer))
        path = drawn_path(model.aggregate_chain, BURN_IN + periods, seed)
        series = simulator.run(path[:, None]).series
        columns = {name: values[BURN_IN:, 0] for name, values in series.items()}
        states, (_, regimes, _) = path[BURN_IN:], model.aggregate_states
        levels = model.aggregate_chain.values[states]
        return {"period": np.arange(periods), "aggregate": levels, "uncertainty": regimes[states], **columns}


register(BranchingKrusellSmithMethod())
