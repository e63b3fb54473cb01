"""What the verbs ask of the method of households under aggregate shocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, by_function, register
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, drawn_path
from hetkeras.methods.krusell_smith.households.aggregate_risk.check import check_aggregate_risk
from hetkeras.methods.krusell_smith.households.aggregate_risk.lives import lives, own_states
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import LoadedAggregateRisk
from hetkeras.methods.krusell_smith.households.aggregate_risk.measure import (
    consume_of,
    exported_economy,
    measure_aggregate_risk,
)
from hetkeras.methods.krusell_smith.households.aggregate_risk.options import (
    AggregateRiskOptions,
    HouseholdSolver,
    make_solver,
    need,
)
from hetkeras.methods.krusell_smith.households.aggregate_risk.watch import watched
from hetkeras.methods.krusell_smith.households.consumption_picture import consumption_picture
from hetkeras.methods.krusell_smith.rules.files import write_rules
from hetkeras.numerics.approximation import chain_notes
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import Action

HOUSEHOLDS = 50  # of own inputs


class AggregateRiskMethod(Method[AggregateRiskHouseholds, AggregateRiskOptions, HouseholdSolver]):
    """Endogenous grid points or a network, a distribution that moves, and forecasts of mean capital."""

    contract, options = AggregateRiskHouseholds, AggregateRiskOptions
    shaping = ("method", "shocks", "periods", "damping", "memory")
    measuring = ("shocks", "periods", "reference")

    def check(self, model: AggregateRiskHouseholds) -> Iterable[str]:
        return check_aggregate_risk(model)

    def notes(self, model: AggregateRiskHouseholds, options: AggregateRiskOptions) -> Iterable[str]:
        return chain_notes({"aggregate_chain": model.aggregate_chain})

    def need(self, model: AggregateRiskHouseholds, options: AggregateRiskOptions) -> Need:
        return need(model, options)

    def solver(self, model: AggregateRiskHouseholds, options: AggregateRiskOptions) -> HouseholdSolver:
        return make_solver(model, options)

    def actions(self, run: RunDirectory, solver: HouseholdSolver) -> list[Action]:
        pictures = {"consumption by assets": lambda: consumption_picture(*solver.drawn())}
        board = TensorBoard(run.tensorboard, solver.settings(), (lambda: watched(solver),), pictures)
        return [ProgressBar(type(solver.model).__name__), board]

    def chunk_steps(self, options: AggregateRiskOptions) -> int:
        return options.chunk_steps

    def trained(self, solver: HouseholdSolver, metrics: Mapping[str, float]) -> dict[str, float]:
        return {"steps": int(solver.step), "rounds": int(solver.round.count)}

    def leave(self, run: RunDirectory, solver: HouseholdSolver) -> None:
        write_rules(run.path / "rules.csv", solver.round.rules)

    def measure(
        self,
        loaded: LoadedSolution[AggregateRiskHouseholds],
        options: AggregateRiskOptions,
        solver: HouseholdSolver | None = None,
    ) -> Diagnosis:
        return measure_aggregate_risk(loaded, options.plan, None if solver is None else solver.round.simulator)

    def own_inputs(
        self, loaded: LoadedSolution[AggregateRiskHouseholds], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray]]:
        model, policy = loaded.model, LoadedAggregateRisk(loaded.model, loaded.signatures)
        periods = BURN_IN + -(-rows // HOUSEHOLDS)
        path = drawn_path(model.aggregate_chain, periods, seed)
        mean_capital = exported_economy(policy, loaded.metadata["training"]).run(path[:, None]).series["mean_capital"]
        own = own_states(model, path, HOUSEHOLDS)
        assets = lives(consume_of(policy.signatures["policy"]), model, path, mean_capital[:, 0], own)["assets"]
        common = {"aggregate": model.aggregate_chain.values[path], "mean_capital": mean_capital[:, 0]}
        panel = {"idiosyncratic": own, "assets": assets}
        panel |= {name: np.repeat(part[:, None], HOUSEHOLDS, 1) for name, part in common.items()}
        return by_function(loaded, {name: part[BURN_IN:].T.ravel() for name, part in panel.items()})

    def simulate(
        self, loaded: LoadedSolution[AggregateRiskHouseholds], periods: int, seed: int
    ) -> Mapping[str, np.ndarray]:
        policy, chain = LoadedAggregateRisk(loaded.model, loaded.signatures), loaded.model.aggregate_chain
        path = drawn_path(chain, BURN_IN + periods, seed)
        series = exported_economy(policy, loaded.metadata["training"]).run(path[:, None]).series
        columns = {name: values[BURN_IN:, 0] for name, values in series.items()}
        return {"period": np.arange(periods), "aggregate": chain.values[path[BURN_IN:]], **columns}


register(AggregateRiskMethod())
