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
from hetkeras.numerics.random_draws import normals


@dataclass(frozen=True)
class Skills(hk.SymmetricEconomy):
    """Workers choose how much to train."""

    num_workers: int = 64  # N
    discount_factor: float = 0.95  # beta
    fading: float = 0.08  # delta
    training_cost: float = 20.0  # gamma
    wage_level: float = 0.5  # A
    wage_elasticity: float = 0.5  # phi
    worker_volatility: float = 0.01  # sigma
    common_volatility: float = 0.005  # eta

    num_agents = property(lambda self: self.num_workers)
    state_names = property(lambda self: ("skills",))
    own_state_names = property(lambda self: ())  # training is the same for all: nothing of one's own matters
    action_name = property(lambda self: "training")
    units = property(lambda self: {"skills": "hours of a novice per hour", "training": "skills per period"})
    carry_over = property(lambda self: 1 - self.fading)
    shocks = property(lambda self: hk.SymmetricShocks())

    def violations(self):
        if not 0 < self.fading <= 1:
            yield f"fading is {self.fading}; expected above 0 and at most 1"

    def initial_state(self, seed, num_paths, dtype=tf.float32):
        return 1.5 * self.steady_state()[0] * (1 + 0.05 * normals(seed, (num_paths, self.num_workers, 1), dtype))

    def transition(self, state, action, shocks):
        noise = self.worker_volatility * shocks.idiosyncratic[..., 0]
        common = self.common_volatility * shocks.aggregate[..., None]
        return (self.carry_over * state[..., 0] + action + noise + common)[..., None]

    def marginal_cost(self, agent, action):
        return self.training_cost * action

    def marginal_payoff(self, agent, state):
        wage = self.wage_level * tf.reduce_mean(state[..., 0], -1, keepdims=True) ** -self.wage_elasticity
        return wage * tf.ones_like(agent[..., 0])

    def steady_state(self):
        discounting = self.discount_factor / (1 - self.discount_factor * self.carry_over)
        power = 1 + self.wage_elasticity
        skills = (discounting * self.wage_level / (self.training_cost * self.fading)) ** (1 / power)
        return skills, self.fading * skills

    def state_bounds(self):
        return 0.0, 20 * self.steady_state()[0]
