"""Models without the contract's Euler equation are told from those that have it, and are not solved by it."""

import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.check import check_economy
from hetkeras.methods.euler_residual.euler_form import without_euler_equation
from hetkeras.methods.euler_residual.options import EulerOptions, make_solver
from hetkeras.models.investment import Investment
from tests.examples import example

storms, skills, growth = example("storms"), example("skills"), example("growth")


class Effective(Investment):
    """What is invested arrives by chance."""

    def transition(self, state, action, shocks):
        return super().transition(state, action * (1 + 0.1 * shocks.aggregate[..., None]), shocks)


class Remembers(skills.Skills):
    """The second state is what the first was."""

    state_names = ("skills", "lagged")

    def transition(self, state, action, shocks):
        now = super().transition(state[..., :1], action, shocks)[..., 0]
        return tf.stack([now, tf.broadcast_to(state[..., 0], tf.shape(now))], -1)


class Ordered(Remembers):
    """The second state is what was trained last."""

    def transition(self, state, action, shocks):
        now = super().transition(state, action, shocks)[..., 0]
        return tf.stack([now, tf.broadcast_to(action, tf.shape(now))], -1)


class OwnEquation(storms.Storms):
    def euler_integrand(self, next_agent, next_state, next_action):
        return self.marginal_payoff(next_agent, next_state, next_action)


WITHOUT = {
    storms.Storms: "what a unit of capital leaves of capital depends on shocks",
    Effective: "what a unit of investment leaves of capital depends on shocks",
    Remembers: "a unit of skills moves lagged, too, not skills alone",
    Ordered: "a unit of training moves lagged, too, not skills alone",
}
TYPES = {"productivity_types": (0.9, 1.2), "type_shares": (0.25, 0.75)}
WITH = [
    Investment(capital_price_volatility=0.1, capital_price_persistence=0.9, num_firms=8, **TYPES),
    Investment(returns_to_scale=0.8, num_firms=1),
    skills.Skills(),
    growth.Growth(),
    OwnEquation(),
]


@pytest.mark.parametrize("model", WITHOUT, ids=lambda model: model.__name__)
def test_a_model_without_the_equation_is_told_why(model):
    reason = without_euler_equation(model())
    assert reason.startswith(f"transition: {WITHOUT[model]}")
    assert "--method=bellman" in reason


@pytest.mark.parametrize("model", WITH, ids=lambda model: type(model).__name__)
def test_a_model_with_it_is_not(model):
    assert without_euler_equation(model) is None


def test_it_is_sound_but_the_method_of_euler_refuses_it():
    model = storms.Storms(num_agents=4)
    assert [*check_economy(model)] == []
    with pytest.raises(CalibrationError, match=r"Storms has no Euler equation of the contract's form: .*bellman"):
        make_solver(model, EulerOptions())
