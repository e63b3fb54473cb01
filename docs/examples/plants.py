"""Your own model in one file: a firm that opens and closes plants as demand comes and goes.

Demand x reverts to its mean, dx = -theta (x - xbar) dt + sigma dW. An open plant j earns x - c_j. An opportunity to
open one comes at the rate lambda and costs s if taken; plants break down at the rate delta, and an opportunity to close
one comes at the rate mu. The value of 2^J states solves rho V = sum_j y_j (x - c_j) + L V + what opening and closing
is worth. Plants do not meet, so that V is a sum over them, which the solver does not know.

Solve it:  hetkeras solve docs/examples/plants.py:Plants --run_dir=runs/plants
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

import hetkeras as hk


@dataclass(frozen=True)
class Plants(hk.RevertingStates):
    upkeep: tuple[float, ...] = (0.8, 1.0, 1.1)  # c, of J plants
    discount_rate: float = 0.05  # rho
    mean_demand: float = 1.0  # xbar
    reversion: float = 0.4  # theta
    volatility: float = 0.2  # sigma
    opening_cost: float = 0.5  # s
    opportunity_rate: float = 1.0  # lambda
    breakdown_rate: float = 0.1  # delta
    closing_rate: float = 0.5  # mu

    common_state_names = ("demand",)

    @property
    def num_binary(self):
        return len(self.upkeep)

    @property
    def mean_state(self):
        return np.array([self.mean_demand])

    @property
    def factor_loadings(self):
        return np.array([[self.volatility]])

    @property
    def efforts(self):
        return hk.FlipEfforts(self.opportunity_rate, self.breakdown_rate, exit_rate=self.closing_rate)

    @property
    def switching_costs(self):
        return np.full(self.num_binary, self.opening_cost)

    def flow(self, state, binary):
        return tf.reduce_sum(binary * (state[..., :1] - tf.constant(self.upkeep, state.dtype)), -1)
