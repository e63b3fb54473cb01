"""What the verbs ask of the Krusell-Smith method for firms that make one choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, by_function, register
from hetkeras.methods.krusell_smith import options as shared
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path, drawn_path
from hetkeras.methods.krusell_smith.business_cycle import AGGREGATES, business_cycle_moments
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.check import chains_of, check_firms
from hetkeras.methods.krusell_smith.lumpy.choice_picture import target_picture
from hetkeras.methods.krusell_smith.lumpy.firm_panel import firm_panel, panel_moments
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

FIRMS = 50  # of own inputs
FORGOTTEN = 100  # periods in which a panel of firms forgets how it began
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
        return shared.actions(run, solver, {"target capital by price": lambda: target_picture(solver)})

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
        path, series = self._path(loaded, BURN_IN + periods, seed)
        levels = loaded.model.aggregate_chain.values[path[BURN_IN:]]
        columns = {name: values[BURN_IN:] for name, values in series.items()}
        return {"period": np.arange(periods), "aggregate": levels, **columns}

    def moments(
        self, loaded: LoadedSolution[PriceTakingFirms], periods: int, firms: int, seed: int
    ) -> Mapping[str, float]:
        first = BURN_IN - FORGOTTEN
        path, series = self._path(loaded, BURN_IN + periods, seed)
        lived = {name: values[first:] for name, values in series.items()}
        panel = firm_panel(LoadedFirmPolicy(loaded.model, loaded.signatures), path[first:], lived, firms, seed)
        seen = {name: values[FORGOTTEN:] for name, values in panel.items()}
        return {**panel_moments(seen), **business_cycle_moments({name: series[name][BURN_IN:] for name in AGGREGATES})}

    def own_inputs(
        self, loaded: LoadedSolution[PriceTakingFirms], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray]]:
        model, first = loaded.model, BURN_IN - FORGOTTEN
        path, series = self._path(loaded, BURN_IN + -(-rows // FIRMS), seed)
        lived = {name: values[first:] for name, values in series.items()}
        panel = firm_panel(LoadedFirmPolicy(model, loaded.signatures), path[first:], lived, FIRMS, seed)
        common = {name: lived[name] for name in ("mean_capital", *model.price_names)}
        common["aggregate"] = model.aggregate_chain.values[path[first:]]
        states = {name: np.repeat(values[:, None], FIRMS, 1) for name, values in common.items()}
        states["idiosyncratic"] = model.idiosyncratic_chain.values[panel["idiosyncratic_index"]]
        flat = {name: part[FORGOTTEN:].T.ravel() for name, part in {**states, "capital": panel["capital"]}.items()}
        return by_function(loaded, {**flat, "capital_next": flat["capital"][:, None]})

    def _path(
        self, loaded: LoadedSolution[PriceTakingFirms], periods: int, seed: int
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Indices of aggregate states that are drawn, and all series that follow, [T] each."""
        model = loaded.model
        nodes = loaded.metadata["training"].get("histogram_nodes", HISTOGRAM_NODES)
        histogram = Histogram(*model.capital_bounds, nodes)
        simulator = FirmSimulator(model, LoadedFirmPolicy(model, loaded.signatures), histogram)
        path = drawn_path(model.aggregate_chain, periods, seed)
        return path, {name: values[:, 0] for name, values in simulator.run(path[:, None]).series.items()}


register(LumpyMethod())
