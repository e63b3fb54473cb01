"""What the verbs ask of the Krusell-Smith method for firms that make one choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, register
from hetkeras.methods.krusell_smith import options as shared
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path, drawn_path
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.check import chains_of, check_firms
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.measure import HISTOGRAM_NODES, DiagnosisOptions, measure_firms
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.options import LumpyOptions, make_solver, need, simulation_need
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.rules.files import write_rules
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.trainer import Action

LumpySolver = GridKrusellSmith | NeuralLumpy


class LumpyMethod(Method[PriceTakingFirms, LumpyOptions, LumpySolver]):
    """Networks or grids, with forecast rules for prices."""

    contract, options = PriceTakingFirms, LumpyOptions
    shaping = (*shared.SHAPING, "networks", "rules", "width", "histogram_nodes")
    measuring = ("shocks", "pairs", "reference")

    def check(self, model: PriceTakingFirms) -> Iterable[str]:
        return check_firms(model)

    def notes(self, model: PriceTakingFirms, options: LumpyOptions) -> Iterable[str]:
        return shared.notes(model, chains_of(model), options)

    def need(self, model: PriceTakingFirms, options: LumpyOptions) -> Need:
        return need(model, options)

    def solver(self, model: PriceTakingFirms, options: LumpyOptions) -> LumpySolver:
        return make_solver(model, aggregate_path(model, options.shocks), options)

    def actions(self, run: RunDirectory, solver: LumpySolver) -> list[Action]:
        return shared.actions(run, solver, type(solver.model).__name__)

    def chunk_steps(self, options: LumpyOptions) -> int:
        return options.chunk_steps

    def trained(self, solver: LumpySolver, metrics: Mapping[str, float]) -> dict[str, float]:
        return {"steps": int(solver.step), "rounds": int(solver.round.count)}

    def leave(self, run: RunDirectory, solver: LumpySolver) -> None:
        write_rules(run.path / "rules.csv", solver.round.rules, solver.model.price_names)

    def measure(
        self, loaded: LoadedSolution[PriceTakingFirms], options: LumpyOptions, solver: LumpySolver | None = None
    ) -> Diagnosis:
        nodes = loaded.metadata["training"].get("histogram_nodes", HISTOGRAM_NODES)
        simulation_need(loaded.model, options.num_pairs, nodes).refuse_beyond_free()
        plan = DiagnosisOptions(options.shocks, options.num_pairs, options.reference)
        return measure_firms(loaded, plan, None if solver is None else solver.economy)

    def shorter(self, **options: Any) -> LumpyOptions:
        return LumpyOptions.from_dict({"pairs": 0, **options})

    def simulate(self, loaded: LoadedSolution[PriceTakingFirms], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        model = loaded.model
        nodes = loaded.metadata["training"].get("histogram_nodes", HISTOGRAM_NODES)
        histogram = Histogram(*model.capital_bounds, nodes)
        simulator = FirmSimulator(model, LoadedFirmPolicy(model, loaded.signatures), histogram)
        path = drawn_path(model.aggregate_chain, BURN_IN + periods, seed)
        series = simulator.run(path[:, None]).series
        columns = {name: values[BURN_IN:, 0] for name, values in series.items()}
        return {"period": np.arange(periods), "aggregate": model.aggregate_chain.values[path[BURN_IN:]], **columns}


register(LumpyMethod())
