"""A stranger's model of binary states in one file: trained, exported, reloaded, diagnosed, and held to its answer."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.methods.jump_diffusion.networks.deep_sets_value import DeepSetsValue
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.separable_entry import SeparableEntry
from tests.examples import example

Plants = example("plants").Plants
MODEL = Plants()
SETTINGS = {"num_steps": 150, "batch_size": 64}
SMALL = {"width": 16, "latent": 8, "groups": 0, "report": False}


def exact_values(model, demand, status):
    """V [n] of demand [n] and status [n, J]: a plant earns zeta - nu with nu = c + xbar - x, and zeta = xbar."""
    total = 0.0
    for upkeep, on in zip(model.upkeep, status.T, strict=True):
        market = ExportMarket(
            discount_rate=model.discount_rate,
            cost_reversion=model.reversion,
            opportunity_rate=model.opportunity_rate,
            loss_rate=model.breakdown_rate,
            revenue=model.mean_demand,
            mean_cost=upkeep,
            cost_volatility=model.volatility,
            entry_cost=model.opening_cost,
            exit_rate=model.closing_rate,
        )
        total = total + SeparableEntry(market).value(on, upkeep + model.mean_demand - demand)
    return total


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    return hk.solve(MODEL, tmp_path_factory.mktemp("plants") / "run", solver=SETTINGS, **SMALL)


def test_the_value_is_the_sum_over_plants(solved):
    demand = np.tile(MODEL.mean_demand + np.linspace(-0.4, 0.4, 9), 8)
    status = (np.arange(8)[:, None] >> np.arange(3) & 1).astype(float).repeat(9, 0)
    found = solved.signatures["policy"](demand=tf.constant(demand, tf.float32), status=tf.constant(status, tf.float32))
    exact = exact_values(MODEL, demand, status)
    assert np.sqrt(np.mean((found["value"] - exact) ** 2) / np.mean(exact**2)) < 0.05


def test_the_diagnosis_finds_its_policy_worth_what_it_says(solved):
    numbers = solved.metadata["measured"]
    assert numbers["signature_gap"] < 1e-5
    assert numbers["policy_value_gap"] <= numbers["policy_value_limit"]


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_solved_by_default(tmp_path, seed):
    solution = hk.solve(MODEL, tmp_path / "run", seed=seed, report=False)
    assert solution.metadata["measured"]["reason"] is None
    assert solution.metadata["measured"]["converged"]


def test_a_path_has_one_column_for_a_state_that_all_share(solved):
    frame = hk.simulate(solved, periods=3)
    assert list(frame) == ["demand", "status_1", "status_2", "status_3"]


@dataclasses.dataclass(frozen=True)
class CopiedDemand(Plants):
    """The same firm with a state for each plant, all moved by one shock."""

    common_state_names = ()

    @property
    def mean_state(self):
        return np.full(3, self.mean_demand)

    @property
    def factor_loadings(self):
        return np.full((3, 1), self.volatility)

    def flow(self, state, binary):
        return tf.reduce_sum(binary * (state - tf.constant(self.upkeep, state.dtype)), -1)


def test_a_common_state_and_its_copies_agree():
    solvers = []
    for model in (MODEL, CopiedDemand()):
        keras.utils.set_random_seed(1)
        network = DeepSetsValue(model.element_features.tolist(), (8,), 4, (8,))
        solvers.append(JumpDiffusionSolver(model, network, JumpSettings(num_steps=200, batch_size=8)))
    losses = [solver.loss()[0].loss for solver in solvers]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    one, copied = (
        LoadedFlipPolicy(solver.model, {name: each.function for name, each in solver.solution().signatures.items()})
        for solver in solvers
    )
    demand, status = tf.constant([[0.7], [1.3]]), tf.constant([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    looks = one.evaluate(demand, status), copied.evaluate(tf.repeat(demand, 3, 1), status)
    for found, expected in zip(*looks, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    cases = [tf.constant(part) for part in ([0, 1], [0, 0], [2, 1])]
    gains = one.opportunity(demand, status[:, None], *cases)
    np.testing.assert_allclose(gains, copied.opportunity(tf.repeat(demand, 3, 1), status[:, None], *cases), rtol=1e-4)


@dataclasses.dataclass(frozen=True)
class Unnamed(Plants):
    common_state_names = ()


def test_a_state_that_is_nobodys_is_refused_before_training(tmp_path):
    with pytest.raises(hk.CalibrationError, match=r"1 continuous states beside 0 common ones, and 3 elements"):
        hk.solve(Unnamed(), tmp_path / "run", solver=SETTINGS, **SMALL)
    assert not (tmp_path / "run").exists()
