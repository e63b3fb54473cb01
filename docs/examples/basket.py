"""Your own model in one file: a call on the cheapest of several stocks where lending and borrowing rates differ.

Stocks follow geometric Brownian motion. At the horizon the call pays the least of them less the strike.
Who replicates it holds stocks worth z / sigma in all and puts the rest of the value into the bank, at one rate for
lending and a higher one for borrowing (Bergman 1995).

Solve it:  hetkeras solve docs/examples/basket.py:Basket --run_dir=runs/basket
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

import hetkeras as hk


@dataclass(frozen=True)
class Basket(hk.TerminalValueDiffusion):
    num_stocks: int = 5
    spot: float = 1.0
    strike: float = 0.5
    growth: float = 0.06  # mu
    risk: float = 0.2  # sigma
    lending_rate: float = 0.04
    borrowing_rate: float = 0.06
    horizon: float = 0.5  # T, years

    @property
    def initial_state(self):
        return np.full(self.num_stocks, self.spot)

    def drift(self, time, state):
        return self.growth * state

    def volatility(self, time, state):
        return self.risk * state

    def step(self, time, state, span, shocks):
        return state * tf.exp((self.growth - self.risk**2 / 2) * span[..., None] + self.risk * shocks)

    def driver(self, time, state, value, loading):
        held = tf.reduce_sum(loading, -1) / self.risk  # worth of all stocks
        excess = (self.growth - self.lending_rate) * held
        return -self.lending_rate * value - excess + self.spread * tf.nn.relu(held - value)

    @property
    def spread(self):
        return self.borrowing_rate - self.lending_rate

    def terminal_value(self, state):
        return tf.nn.relu(tf.reduce_min(state, -1) - self.strike)
