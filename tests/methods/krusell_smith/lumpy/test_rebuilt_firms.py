"""Economies of firms built again from a SavedModel: to the bit what its functions say, or not used at all."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras import saved_model
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy import measure as firm_measuring
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.measure import DiagnosisOptions, answers, measure_firms
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.pointwise_networks import PointwiseFirms
from hetkeras.methods.krusell_smith.lumpy.rebuilt_firms import rebuilt_firms
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from hetkeras.methods.krusell_smith.rules.network import NetworkRules
from tests.small_firms import MODEL, terry_rules

PATH, BURN_IN = MODEL.aggregate_chain.paths(2, np.random.default_rng(0).uniform(size=40)), 5
HISTOGRAM = Histogram(*MODEL.capital_bounds, 20)
PLACE = PATH, BURN_IN, HISTOGRAM


def on_grids(**settings):
    """Not solved, but with a value that slopes upwards."""
    chosen = GridSettings(num_capital=6, num_mean_capital=3, **settings)
    solver = GridKrusellSmith(MODEL, terry_rules(memory=1), chosen, *PLACE)
    levels = 3 * np.sqrt(np.geomspace(*MODEL.capital_bounds, 6)) + np.arange(5)[:, None, None]
    solver.grid.values.assign(np.broadcast_to(levels[:, None], solver.grid.values.shape))
    solver.prepare()
    return solver


def by_networks(parametrisation, rules=terry_rules):
    firms = parametrisation(MODEL, rules(), (8, 8), 0.02)
    return NeuralLumpy(firms, KrusellSmithSettings(), *PLACE)


def corrected_rules():
    rules = NetworkRules(terry_rules(), MODEL.mean_capital_bounds)
    rules.parameters.assign_add(np.full(rules.parameters.shape, 0.01))
    return rules


SOLVERS = {
    "grid": on_grids,
    "table of targets": lambda: on_grids(interpolated=1),
    "tables": lambda: by_networks(TabulatedFirms),
    "points": lambda: by_networks(PointwiseFirms),
    "network rules": lambda: by_networks(TabulatedFirms, corrected_rules),
}


def exported(solver, path):
    """What a process that only has the SavedModel knows."""
    saved_model.export(solver.solution(), path)
    loaded = saved_model.load(path)
    policy = LoadedFirmPolicy(loaded.model, loaded.signatures)
    return SimpleNamespace(policy=policy, weights=loaded.weights, training=loaded.metadata["training"], loaded=loaded)


def rebuilt(export, **changes):
    return rebuilt_firms(MODEL, {**export.training, **changes}, export.weights, *PLACE)


@pytest.mark.parametrize("kind", SOLVERS)
def test_what_is_built_again_says_what_was_exported(kind, tmp_path):
    export = exported(SOLVERS[kind](), tmp_path / "model")
    economy = rebuilt(export)
    assert economy is not None
    assert economy.says_the_same(export.weights, export.policy, answers(MODEL))


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    solver = on_grids()
    return solver, exported(solver, tmp_path_factory.mktemp("export") / "model")


def test_its_simulation_is_that_of_the_exported_functions(solved):
    _, export = solved
    economy = rebuilt(export)
    assert economy.says_the_same(export.weights, export.policy, answers(MODEL))
    one = economy.simulator.run(PATH[:, None]).series
    two = FirmSimulator(MODEL, export.policy, HISTOGRAM).run(PATH[:, None]).series
    assert one["cleared"].all()
    for name in ("mean_capital", "price", "investment", "labor", "inaction"):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-7, err_msg=name)


def test_the_solver_takes_the_weights_of_its_export_back(solved):
    solver, export = solved
    sound = solver.grid.values.numpy()
    solver.grid.values.assign(0 * sound)
    assert solver.economy.says_the_same(export.weights, export.policy, answers(MODEL))
    np.testing.assert_array_equal(solver.grid.values, sound)


def test_other_code_than_that_of_the_export_is_not_used(solved, monkeypatch):
    _, export = solved
    economy = rebuilt(export)
    target = type(economy.simulator.policy).target
    monkeypatch.setattr(
        type(economy.simulator.policy), "target", lambda self, *state: target(self, *state) * (1 + 1e-15)
    )
    assert not economy.says_the_same(export.weights, export.policy, answers(MODEL))


class Measured(Exception):
    """Ends a measurement that has told with which simulator."""


@pytest.fixture
def simulator_asked(monkeypatch):
    """(reloaded, economy) -> the simulator that measures."""

    def tell(simulator, *_):
        raise Measured(simulator)

    def ask(loaded, economy):
        with pytest.raises(Measured) as told:
            measure_firms(loaded, DiagnosisOptions(pairs=0, with_reference=False), economy)
        return told.value.args[0]

    monkeypatch.setattr(firm_measuring, "diagnose_firms", tell)
    return ask


def test_the_solvers_simulator_measures_its_own_export_alone(solved, simulator_asked):
    solver, export = solved
    assert simulator_asked(export.loaded, solver.economy) is solver.round.simulator
    costly = GridKrusellSmith(
        dataclasses.replace(MODEL, largest_cost=0.01), terry_rules(memory=1), solver.chosen, *PLACE
    ).economy
    coarse = GridKrusellSmith(
        MODEL, terry_rules(memory=1), solver.chosen, PATH, BURN_IN, Histogram(0.1, 8.0, 9)
    ).economy
    for economy in (costly, coarse):
        assert isinstance(simulator_asked(export.loaded, economy).policy, LoadedFirmPolicy)


def test_weights_of_other_shapes_are_not_taken_over(solved):
    _, export = solved
    economy = rebuilt(export, num_capital=7)
    before = economy.variables[0].numpy()
    assert not economy.says_the_same(export.weights, export.policy, answers(MODEL))
    np.testing.assert_array_equal(economy.variables[0], before)


@pytest.mark.parametrize(
    "changes", [{"rules": "TheirRules"}, {"method": "theirs", "parametrisation": "TheirNetworks"}, {"method": "neural"}]
)
def test_methods_that_are_not_known_here_are_not_built(solved, changes):
    assert rebuilt(solved[1], **changes) is None
