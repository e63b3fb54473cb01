"""The economies of a box as one: each row has the equations of its own calibration, in units of cost at rest."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.box import at, box
from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.options import EulerOptions, need
from hetkeras.methods.euler_residual.over_box.economy import CALIBRATIONS, EconomyOverBox
from hetkeras.models.investment import Investment
from hetkeras.numerics.random_draws import Shocks

RANGES = ("discount_factor=0.9:0.97", "adjustment_cost=40:180", "depreciation=0.03:0.1", "demand_curvature=1.1:1.6")
ROWS = 4


@pytest.fixture(scope="module", params=["common action", "own actions"])
def economy(request):
    types = {"productivity_types": (0.9, 1.1), "type_shares": (0.5, 0.5), "returns_to_scale": 0.8}
    model = Investment(num_firms=4, **(types if request.param == "own actions" else {}))
    return EconomyOverBox(model, box(model, RANGES), calibrations=20)


@pytest.fixture(scope="module")
def drawn(economy):
    """Calibrations that it was not built at, and a state, an action and shocks for each."""
    theta = economy.over.spread(ROWS, 77)
    models = [at(economy.model, economy.over, values) for values in theta]
    states = tf.concat([each.initial_state(tf.constant([5, g]), 1, tf.float64) for g, each in enumerate(models)], 0)
    rng = np.random.default_rng(1)
    count = economy.model.deciding_agents(states).shape[1]
    action = tf.constant(rng.uniform(0.02, 0.05, (ROWS, count)))
    shocks = economy.shocks.sample(tf.constant([5, 99]), ROWS, 4, tf.float64)
    return models, states, economy.joined(states, tf.constant(theta)), action, shocks


@pytest.mark.parametrize("name", ["payoff", "marginal_cost", "marginal_payoff", "survival_rate", "euler_integrand"])
def test_a_row_has_the_margins_of_its_calibration(economy, drawn, name):
    models, states, joined, action, _ = drawn
    found = getattr(economy, name)(economy.deciding_agents(joined), joined, action)
    unit = 1.0 if name == "survival_rate" else economy.cost_at_rest(joined)
    for row, model in enumerate(models):
        one = states[row : row + 1]
        expected = getattr(model, name)(model.deciding_agents(one), one, action[row : row + 1])
        np.testing.assert_allclose((found * unit)[row : row + 1], expected, rtol=1e-10)


def test_a_row_moves_and_is_priced_as_its_calibration_also_at_several_nodes(economy, drawn):
    models, states, joined, action, shocks = drawn
    nodes = Shocks(*(tf.stack([part, -part]) for part in shocks))
    moved = economy.transition(joined, action, nodes)
    weights = tf.constant([0.4, 0.6], tf.float64)

    def policy(agent, industry):
        return 0.05 * agent[..., 0] + 0.01 * tf.reduce_mean(industry[..., 0], -1, keepdims=True)

    agent = economy.deciding_agents(joined)
    expected = economy.expected_integrand(policy, joined, action, nodes, weights)
    residual = economy.euler_residual(agent, joined, action, expected) * economy.cost_at_rest(joined)
    for row, model in enumerate(models):
        here = slice(row, row + 1)
        own, mine = states[here], Shocks(*(part[:, here] for part in nodes))
        np.testing.assert_allclose(moved[:, here, :, : own.shape[-1]], model.transition(own, action[here], mine))
        np.testing.assert_array_equal(
            moved[:, here, :, own.shape[-1] :], tf.stack([joined[here, :, own.shape[-1] :]] * 2)
        )
        alone = model.expected_integrand(policy, own, action[here], mine, weights)
        wanted = model.euler_residual(model.deciding_agents(own), own, action[here], alone)
        np.testing.assert_allclose(residual[here], wanted, rtol=1e-9)


def test_the_linear_policy_is_the_closed_form_where_that_is_linear():
    model = Investment(num_firms=4)
    economy = EconomyOverBox(model, box(model, RANGES[:2]), calibrations=100)
    theta = economy.over.spread(20, 5)
    rest, action, slope = economy.linear(tf.constant(theta)).numpy().T
    for g, values in enumerate(theta):
        own = at(model, economy.over, values)
        np.testing.assert_allclose((rest[g], action[g]), own.steady_state(), rtol=1e-4)
        np.testing.assert_allclose(slope[g], own.affine_roots()[0][1] / own.adjustment_cost, rtol=1e-3)


def test_starts_are_those_of_the_calibration_they_come_with():
    model = Investment(num_firms=4)
    economy = EconomyOverBox(model, box(model, ("initial_mean=0.5:1.5",)), calibrations=40)
    start = economy.initial_state(tf.constant([3, 4]), 200).numpy()
    np.testing.assert_allclose(start[..., 0].mean(1), start[:, 0, 1], atol=0.15)
    assert np.ptp(start[:, 0, 1]) > 0.8
    assert economy.state_bounds() == (-15.0, 15.0)
    assert economy.discount_factor == 0.95
    assert economy.units["initial_mean"] == "as Investment has it"


@dataclasses.dataclass(frozen=True)
class Kept(Investment):
    """Falls back on a number where its field is none, so that its payoff does not follow the box."""

    def payoff(self, agent, state, action):
        slope = self.demand_slope if isinstance(self.demand_slope, float) else 1.0
        return super().payoff(agent, state, action) * slope


@dataclasses.dataclass(frozen=True)
class Stiff(Investment):
    """Computes with NumPy what it needs of a field."""

    def payoff(self, agent, state, action):
        return super().payoff(agent, state, action) - np.exp(self.demand_slope)


@pytest.mark.parametrize(
    ("kind", "ranges", "message"),
    [
        (
            Investment,
            "returns_to_scale=0.8:1",
            "policy_state_names of Investment is not the same everywhere in the box",
        ),
        (Stiff, "demand_slope=0.5:1.5", "demand_slope cannot vary: Stiff uses it outside TensorFlow .*; write its"),
        (Kept, "demand_slope=0.5:1.5", "payoff of Kept does not follow the fields of the box: at demand_slope="),
    ],
)
def test_fields_that_cannot_vary_are_refused(kind, ranges, message):
    model = kind(num_firms=4)
    with pytest.raises(CalibrationError, match=message):
        EconomyOverBox(model, box(model, [ranges]), calibrations=20)


def test_the_face_solves_over_a_box(tmp_path):
    with pytest.raises(CalibrationError, match="points is 'three'; expected on_policy where calibrations vary"):
        hk.solve(Investment(num_firms=4), tmp_path / "run", points="three", over={"discount_factor": (0.9, 0.95)})
    assert not (tmp_path / "run" / "saved_model").exists()


def test_starts_at_all_calibrations_count_as_memory():
    many = Investment(num_firms=1_000_000)
    alone, over = (need(many, EulerOptions(batch_size=4, over=ranges)) for ranges in ((), RANGES[:1]))
    assert over.size - alone.size == pytest.approx(2 * 4 * (CALIBRATIONS + 2) * 1e6)
