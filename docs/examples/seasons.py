"""Your own model in one file: fields that can be planted only in their season.

Summer and winter last a year each on average and follow each other at random. A planted field earns the price x less
its upkeep, and a premium in its own season; x reverts to its mean. While a season lasts, opportunities to plant its
fields come at the rate lambda and cost s if taken, and its crops fail at the rate delta. Fields share the price alone.

Solve it:  hetkeras solve docs/examples/seasons.py:Seasons --run_dir=runs/seasons
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

import hetkeras as hk


@dataclass(frozen=True)
class Seasons(hk.SwitchingJumpDiffusion, hk.RevertingStates):
    upkeep: tuple[float, ...] = (0.8, 1.0, 0.9, 1.1)  # of fields; the first half are planted in summer
    discount_rate: float = 0.05  # rho
    mean_price: float = 1.0
    reversion: float = 0.4  # theta
    volatility: float = 0.2  # sigma
    season_rate: float = 1.0  # at which seasons end, per year
    premium: float = 0.3  # of fields in their own season
    planting_cost: float = 0.3  # s
    planting_rate: float = 2.0  # lambda
    failure_rate: float = 0.5  # delta

    common_state_names = ("price",)
    regime_name = "season"

    @property
    def num_binary(self):
        return len(self.upkeep)

    @property
    def mean_state(self):
        return np.array([self.mean_price])

    @property
    def factor_loadings(self):
        return np.array([[self.volatility]])

    @property
    def switch_rates(self):
        return self.season_rate * (1 - np.eye(2))

    @property
    def available_flips(self):
        return np.arange(self.num_binary).reshape(2, -1)

    @property
    def efforts(self):
        return hk.FlipEfforts(self.planting_rate, self.failure_rate)

    @property
    def switching_costs(self):
        return np.full(self.num_binary, self.planting_cost)

    def flow(self, state, binary):
        return tf.reduce_sum(binary * (state[..., :1] - tf.constant(self.upkeep, state.dtype)), -1)

    def flow_in(self, state, binary, regime):
        own = tf.gather(binary, self.available(regime), axis=-1, batch_dims=regime.shape.rank)
        return self.flow(state, binary) + self.premium * tf.reduce_sum(own, -1)
