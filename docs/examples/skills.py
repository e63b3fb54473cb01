"""Your own model in one file: workers who train, in an economy that pays less for skills the more there are of them.

A worker with skills h earns w(H) h, where the wage per skill falls with the average, w(H) = A mean(h)^-phi. Training
u costs gamma u^2 / 2 and skills fade: h' = (1 - delta) h + u + sigma e + eta omega. The Euler equation is
gamma u = beta E[w(H') + (1 - delta) gamma u']. There is no closed form; the diagnostics do not need one.

Run it: .venv/bin/python docs/examples/skills.py
"""

from dataclasses import dataclass

import tensorflow as tf

from apps.common import table
from hetkeras import saved_model
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.diagnose import CHECK_HEADER, measure
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual
from hetkeras.numerics.random_draws import SymmetricShocks, normals


@dataclass(frozen=True)
class Skills(SymmetricEconomy):
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
    shocks = property(lambda self: SymmetricShocks())

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


def main():
    model = Skills()
    training = model.steady_state()[1]
    policy = SymmetricPolicy(DeepSetsPooling((64, 64)), BoundedOutput(training, training), hidden=(64, 64))
    solver = EulerResidual(model, policy, EulerSettings(num_steps=800))
    solver.train(tf.constant(800))
    saved_model.export(solver.solution(), "runs/skills/saved_model")
    print(table(CHECK_HEADER, measure(saved_model.load("runs/skills/saved_model")).rows()))


if __name__ == "__main__":
    main()
