"""Your own model in one file: workers who train, in an economy that pays less for skills the more there are of them.

A worker with skills h earns w(H) h, where the wage per skill falls with the average, w(H) = A mean(h)^-phi. Training
u costs gamma u^2 / 2 and skills fade: h' = (1 - delta) h + u + sigma e + eta omega. The Euler equation is
gamma u = beta E[w(H') + (1 - delta) gamma u']. There is no closed form; the diagnostics do not need one.

Solve it:                     hetkeras solve docs/examples/skills.py:Skills --run_dir=runs/skills
Prove it again, anywhere:     hetkeras verify runs/skills/saved_model --trust
"""

from dataclasses import dataclass

import tensorflow as tf

import hetkeras as hk


@dataclass(frozen=True)
class Skills(hk.SymmetricEconomy):
    num_agents: int = 64  # N workers
    discount_factor: float = 0.95  # beta
    fading: float = 0.08  # delta
    training_cost: float = 20.0  # gamma
    wage_level: float = 0.5  # A
    wage_elasticity: float = 0.5  # phi
    worker_volatility: float = 0.01  # sigma
    common_volatility: float = 0.005  # eta

    state_names = ("skills",)
    policy_state_names = ()  # training is the same for all: nothing of one's own matters
    action_name = "training"

    def violations(self):
        if not 0 < self.fading <= 1:
            yield f"fading is {self.fading}; expected above 0 and at most 1"

    def payoff(self, agent, state, action):
        wage = self.wage_level * tf.reduce_mean(state[..., 0], -1, keepdims=True) ** -self.wage_elasticity
        return wage * agent[..., 0] - self.training_cost / 2 * action**2

    def transition(self, state, action, shocks):
        noise = self.worker_volatility * shocks.idiosyncratic[..., 0]
        common = self.common_volatility * shocks.aggregate[..., None]
        return ((1 - self.fading) * state[..., 0] + action + noise + common)[..., None]
