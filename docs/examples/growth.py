"""Your own model with a known answer: optimal growth with full depreciation (Brock and Mirman 1972).

A household with capital k and productivity z produces y = z k^alpha, saves k' and eats the rest, with log utility:
1 / (y - k') = beta E[alpha z' k'^(alpha - 1) / (y' - k'')]. It saves k' = alpha beta y, whatever the shocks.

Solve it:  hetkeras solve docs/examples/growth.py:Growth --run_dir=runs/growth
"""

from dataclasses import dataclass

import tensorflow as tf

import hetkeras as hk


@dataclass(frozen=True)
class Growth(hk.SymmetricEconomy):
    num_agents: int = 1  # N households; none meets another
    discount_factor: float = 0.95  # beta
    capital_share: float = 0.33  # alpha
    persistence: float = 0.8  # of log productivity
    idiosyncratic_volatility: float = 0.01  # of its innovations
    common_volatility: float = 0.01

    state_names = ("capital", "productivity")
    action_name = "saving"

    def output(self, agent):
        return agent[..., 1] * agent[..., 0] ** self.capital_share

    def payoff(self, agent, state, action):
        return tf.math.log(self.output(agent) - action)

    def transition(self, state, action, shocks):
        common = self.common_volatility * shocks.aggregate[..., None]
        innovation = self.idiosyncratic_volatility * shocks.idiosyncratic[..., 0] + common
        productivity = state[..., 1] ** self.persistence * tf.exp(innovation)
        return tf.stack([tf.broadcast_to(action, tf.shape(productivity)), productivity], -1)

    def closed_form(self):
        return lambda agent, industry: self.capital_share * self.discount_factor * self.output(agent)
