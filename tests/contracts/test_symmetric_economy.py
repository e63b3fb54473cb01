"""What the contract derives, against the closed forms that models state: in float64, all but to the last digit."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.steady_state import further_states
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import CalibrationError
from hetkeras.models.investment import Investment
from tests.examples import example

CASES = {
    "paper": Investment(num_firms=5),
    "curved": Investment(num_firms=5, demand_curvature=1.5),
    "own": Investment(num_firms=5, demand_curvature=3.0, returns_to_scale=0.6, depreciation=1.0),
    "capital price": Investment(num_firms=5, capital_price_volatility=0.1, capital_price_persistence=0.7),
    "types": Investment(num_firms=5, returns_to_scale=0.7, productivity_types=(0.9, 1.2), type_shares=(0.4, 0.6)),
}
EACH = pytest.mark.parametrize("model", CASES.values(), ids=CASES)
growth, skills = example("growth"), example("skills")


def default(model, name, *inputs):
    """What the contract makes of a member that the model overrides."""
    assert getattr(type(model), name) is not getattr(SymmetricEconomy, name)
    return getattr(super(type(model), model), name)(*inputs)


def problem(model):
    """Agents, industry and an action of each that decides."""
    state = model.initial_state(tf.constant([1, 2]), 3, tf.float64)
    agent = model.deciding_agents(state)
    return agent, state, 0.02 + 0.01 * agent[..., 0] ** 2


@EACH
@pytest.mark.parametrize("name", ["marginal_cost", "marginal_payoff", "survival_rate"])
def test_derivatives(model, name):
    inputs = problem(model)
    found = default(model, name, *inputs)
    assert found.shape == inputs[2].shape
    np.testing.assert_allclose(found, getattr(model, name)(*inputs), rtol=2e-15)


@EACH
def test_slope_of_the_aggregate(model):
    def policy(agent, industry):
        return 0.1 - 0.05 * agent[..., 0] + 0.1 * tf.reduce_mean(industry[..., 0] ** 2, -1, keepdims=True)

    agent, state, _ = problem(model)
    inputs = policy, state, policy(agent, state), tf.constant([0.05, -0.02, 0.01], tf.float64)
    np.testing.assert_allclose(default(model, "aggregate_slope", *inputs), model.aggregate_slope(*inputs), rtol=1e-13)


@pytest.mark.parametrize("name", [name for name in CASES if name != "types"])
def test_steady_state(name):
    """The model's own search ends within 2e-12. With types the economy at rest is not symmetric, its own an average."""
    found, known = default(CASES[name], "steady_state"), CASES[name].steady_state()
    np.testing.assert_allclose(found, known, rtol=0, atol=2e-12)


def test_steady_state_of_models_in_one_file():
    model = growth.Growth()
    share, beta = model.capital_share, model.discount_factor
    np.testing.assert_allclose(model.steady_state(), 2 * [(share * beta) ** (1 / (1 - share))], rtol=1e-14)
    model = skills.Skills()
    discounting = model.discount_factor / (1 - model.discount_factor * (1 - model.fading))
    power = 1 / (1 + model.wage_elasticity)
    known = (discounting * model.wage_level / (model.training_cost * model.fading)) ** power
    np.testing.assert_allclose(model.steady_state(), (known, model.fading * known), rtol=1e-14)


def test_steady_state_is_known_while_a_graph_is_traced():
    class Unseen(growth.Growth):
        """Of which no steady state was kept."""

    traced = tf.function(lambda: tf.constant(Unseen().steady_state(), tf.float64))()
    np.testing.assert_array_equal(traced, growth.Growth().steady_state())


def test_further_states_rest_at_one_or_where_they_go():
    np.testing.assert_array_equal(further_states(growth.Growth()), [1.0])
    np.testing.assert_array_equal(further_states(CASES["types"]), [1.0])
    np.testing.assert_allclose(further_states(CASES["capital price"]), [0.0], atol=1e-15)


def test_a_state_that_never_rests_is_named():
    class Drifting(growth.Growth):
        """Whose productivity grows without end."""

        def transition(self, state, action, shocks):
            moved = super().transition(state, action, shocks)
            return tf.stack([moved[..., 0], state[..., 1] + 0.1], -1)

    name = growth.Growth().state_names[1]
    with pytest.raises(CalibrationError, match=rf"Drifting has no values of {name} that its transition leaves as they"):
        further_states(Drifting())


class Proportional(skills.Skills):
    """A unit pays the same however many there are."""

    def payoff(self, agent, state, action):
        return self.wage_level * agent[..., 0] - action


def test_no_steady_state_is_made_up():
    with pytest.raises(CalibrationError, match=r"Proportional has 0 steady states between 1e-08 and 1e\+08"):
        Proportional().steady_state()


def test_initial_states_lie_around_the_steady_state():
    model = growth.Growth(num_agents=500)
    logs = np.log(model.initial_state(tf.constant([0, 0]), 400, tf.float64) / [model.steady_state()[0], 1.0])
    assert logs[..., 0].mean() == pytest.approx(0.0, abs=0.02)
    assert logs[..., 0].mean(1).std() == pytest.approx(0.1, rel=0.1)
    assert logs[..., 0].std(1).mean() == pytest.approx(0.05, rel=0.05)
    np.testing.assert_array_equal(logs[..., 1], 0.0)
    assert model.state_bounds() == (0.0, 20 * model.steady_state()[0])


@dataclasses.dataclass(frozen=True)
class Smallest(SymmetricEconomy):
    """Four members: the least that a model must give."""

    num_agents: int = 3
    discount_factor: float = 0.9

    def payoff(self, agent, state, action):
        return agent[..., 0] ** 0.5 - action

    def transition(self, state, action, shocks):
        return (0.5 * state[..., 0] + action)[..., None]


def test_four_members_are_a_model():
    assert len(SymmetricEconomy.__abstractmethods__) == 4
    model = Smallest()
    assert (model.state_names, model.policy_state_names, model.action_name) == (("state",), ("state",), "action")
    assert set(model.units) == {"state", "action"}
    known = (0.45 / (1 - 0.45)) ** 2
    np.testing.assert_allclose(model.steady_state(), (known, 0.5 * known), rtol=1e-13)
