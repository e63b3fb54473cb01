"""Your own model with a known answer: optimal growth with full depreciation (Brock and Mirman 1972).

A household with capital k and productivity z produces y = z k^alpha, saves k' and eats the rest, with log utility:
1 / (y - k') = beta E[alpha z' k'^(alpha - 1) / (y' - k'')]. It saves k' = alpha beta y, whatever the shocks.

Run it: .venv/bin/python docs/examples/growth.py
"""

from dataclasses import dataclass

import keras
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.diagnose import measure
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.identity_pooling import IdentityPooling
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual
from hetkeras.numerics.random_draws import SymmetricShocks, normals


@dataclass(frozen=True)
class Growth(SymmetricEconomy):
    num_agents: int = 1  # N households; none meets another
    discount_factor: float = 0.95  # beta
    capital_share: float = 0.33  # alpha
    persistence: float = 0.8  # of log productivity
    own_volatility: float = 0.01  # of its innovations
    common_volatility: float = 0.01

    state_names = own_state_names = ("capital", "productivity")
    action_name = "saving"
    units = property(lambda self: {"capital": "goods", "productivity": "1", "saving": "goods per period"})
    shocks = SymmetricShocks()

    def output(self, agent):
        return agent[..., 1] * agent[..., 0] ** self.capital_share

    def initial_state(self, seed, num_paths, dtype=tf.float32):
        return tf.exp(0.05 * normals(seed, (num_paths, self.num_agents, 2), dtype)) * [self.steady_state()[0], 1.0]

    def transition(self, state, action, shocks):
        common = self.common_volatility * shocks.aggregate[..., None]
        innovation = self.own_volatility * shocks.idiosyncratic[..., 0] + common
        productivity = state[..., 1] ** self.persistence * tf.exp(innovation)
        return tf.stack([tf.broadcast_to(action, tf.shape(productivity)), productivity], -1)

    def marginal_cost(self, agent, state, action):
        return 1 / (self.output(agent) - action)

    def marginal_payoff(self, agent, state, action):
        return self.capital_share * self.output(agent) / agent[..., 0] * self.marginal_cost(agent, state, action)

    def steady_state(self):
        capital = (self.capital_share * self.discount_factor) ** (1 / (1 - self.capital_share))
        return capital, capital

    def state_bounds(self):
        return 0.0, 20 * self.steady_state()[0]

    def closed_form(self):
        return lambda agent, industry: self.capital_share * self.discount_factor * self.output(agent)


def main():
    keras.utils.set_random_seed(0)
    model = Growth()
    saving = model.steady_state()[1]
    policy = SymmetricPolicy(IdentityPooling(), BoundedOutput(saving, saving), (0, 1), (32, 32), "silu")
    settings = EulerSettings(1500, batch_size=256, learning_rate=0.01, idiosyncratic_draws=2)
    solver = EulerResidual(model, policy, settings)
    solver.train(tf.constant(settings.num_steps))
    saved_model.export(solver.solution(), "runs/growth/saved_model")
    for row in measure(saved_model.load("runs/growth/saved_model")).rows():
        print("{:<24}{:<12.3g}{:<10}{}".format(*row))


if __name__ == "__main__":
    main()
