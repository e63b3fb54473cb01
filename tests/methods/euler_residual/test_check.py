"""A sound model is not faulted, and each fault is named: by a small broken subclass that has it."""

import time

import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.check import check_economy
from hetkeras.models.investment import Investment
from tests.examples import example

growth, skills = example("growth"), example("skills")
TYPES = {"productivity_types": (0.9, 1.2), "type_shares": (0.25, 0.75)}
SOUND = {
    "linear": Investment(),
    "curved": Investment(demand_curvature=1.5),
    "large": Investment(num_firms=10_000, returns_to_scale=0.8),
    "one": Investment(num_firms=1),
    "both": Investment(num_firms=8, capital_price_volatility=0.1, capital_price_persistence=0.9, **TYPES),
    "skills": skills.Skills(),
    "growth": growth.Growth(),
    "many": growth.Growth(num_agents=7),
}


@pytest.mark.parametrize("model", SOUND.values(), ids=SOUND)
def test_a_sound_model_is_not_faulted(model):
    start = time.process_time()
    assert [*check_economy(model)] == []
    assert time.process_time() - start < 4.0  # it takes half a second


class Flat(Investment):
    def transition(self, state, action, shocks):
        return super().transition(state, action, shocks)[..., 0]


class Unstacked(growth.Growth):
    def transition(self, state, action, shocks):
        productivity = state[..., 1] * tf.exp(self.idiosyncratic_volatility * shocks.idiosyncratic[..., 0])
        return tf.stack([action, productivity], -1)


class Summed(Investment):
    def marginal_cost(self, agent, state, action):
        return tf.reduce_sum(super().marginal_cost(agent, state, action), -1)

    def euler_integrand(self, next_agent, next_state, next_action):
        return self.marginal_payoff(next_agent, next_state, next_action)


class Undefined(Investment):
    def marginal_payoff(self, agent, state, action):
        return tf.sqrt(-agent[..., 0])


class WrongCost(Investment):
    def marginal_cost(self, agent, state, action):
        return 1.001 * super().marginal_cost(agent, state, action)

    def steady_state(self):
        return Investment(num_firms=8, adjustment_cost=1.001 * self.adjustment_cost).steady_state()


class WrongPayoff(skills.Skills):
    def marginal_payoff(self, agent, state, action):
        return 1.001 * super().marginal_payoff(agent, state, action)


class WrongSurvival(skills.Skills):
    def survival_rate(self, agent, state, action):
        return 0.9 * tf.ones_like(action)


class HalfEffective(skills.Skills):
    def transition(self, state, action, shocks):
        return super().transition(state, 0.999 * action, shocks)

    def steady_state(self):
        skills, _ = super().steady_state()
        return skills, self.fading * skills / 0.999


class Moving(Investment):
    def steady_state(self):
        capital, investment = super().steady_state()
        return capital, 1.01 * investment

    def euler_integrand(self, next_agent, next_state, next_action):
        return self.marginal_cost(next_agent, next_state, next_action) / self.discount_factor


class NoRoot(Investment):
    def steady_state(self):
        return 0.5, 0.025


class Numbered(Investment):
    def transition(self, state, action, shocks):
        capital = super().transition(state, action, shocks)
        rank = tf.range(capital.shape[-2], dtype=capital.dtype)
        return capital + 1e-3 * tf.reshape(rank - tf.reduce_mean(rank), (-1, 1))


class FirstCounts(skills.Skills):
    def payoff(self, agent, state, action):
        return super().payoff(agent, state[..., :1, :], action)


class Spillover(skills.Skills):
    def transition(self, state, action, shocks):
        mean = tf.reduce_mean(state, -2, keepdims=True)
        return super().transition(state, action, shocks) + 0.1 * (mean - state)


class Narrow(growth.Growth):
    def state_bounds(self):
        return 0.0, self.steady_state()[0]


class Nowhere(skills.Skills):
    def payoff(self, agent, state, action):
        return self.wage_level * agent[..., 0] - action


class NotSettled(Investment):
    def reference(self):
        raise CalibrationError("the reference did not settle")


FAULTS = {
    Flat: "transition returns the shape (2, 128) on two draws; expected (2, 128, 1)",
    Unstacked: "transition fails on float64 tensors: ",
    Summed: "marginal_cost returns the shape (2,) on two draws; expected (2, 1)",
    Undefined: "marginal_payoff returns numbers that are not finite near the steady state",
    WrongCost: "marginal_cost is 2.92639 where the payoff has the slope 2.92347",
    WrongPayoff: "marginal_payoff is 0.352705 where the payoff has the slope 0.352352",
    WrongSurvival: "survival_rate is 0.9 where the transition has the slope 0.92",
    HalfEffective: "transition: one more unit of training moves skills by 0.999; expected 1, or override marginal_cost",
    Moving: "steady_state: without shocks the transition moves 0.684068 under 0.0345455 to 0.68441",
    NoRoot: "steady_state: at 0.5 and 0.025 one more unit returns 1.11361 times its cost by the Euler equation",
    Numbered: "transition: agents that change places do not take their next states along",
    FirstCounts: "payoff: depends on the order of the agents in `state`; expected exchangeable agents",
    Spillover: "transition: an agent's next state depends on the other agents, so that survival_rate cannot be derived",
    Narrow: "state_bounds: initial states from 0.171995 to 0.205149 are not inside 0 to 0.177058",
    NotSettled: "reference: the reference did not settle",
    Nowhere: "steady_state: Nowhere has 0 steady states between 1e-08 and 1e+08 by its own Euler equation",
}


@pytest.mark.parametrize("broken", FAULTS, ids=lambda broken: broken.__name__)
def test_each_fault_is_named_and_no_other(broken):
    (problem,) = check_economy(broken())
    assert problem.startswith(FAULTS[broken])
