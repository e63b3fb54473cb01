"""Economies of firms for tests: Terry's (2017) forecast rules, and choices that are known in closed form."""

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.aggregate_paths import DATA
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.rules.files import read_rules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.models.khan_thomas import KhanThomas

MODEL = KhanThomas()


def terry_rules(name="terry_2017_rules.csv", **settings):
    """Rules of his sixth loop, or those he starts from (terry_2017_first_rules.csv)."""
    return LogLinearRules(*read_rules(DATA / name, MODEL.aggregate_chain.num_states), **settings)


def in_graphs(policy):
    """The same policy, of which each method is traced once instead of run operation by operation."""
    for name in ("forecast", "outlook", "continuation", "target"):
        setattr(policy, name, tf.function(getattr(policy, name)))
    return policy


class SquareRootFirms(FirmPolicy):
    """beta E V' = worth(z, eps) sqrt(k'): the best target is (worth / 2p)^2, the gain p (sqrt(k*) - sqrt(k'))^2."""

    def __init__(self, rules, price_factor=1.0):
        self.rules, self.price_factor = rules, price_factor
        states = MODEL.aggregate_chain.values[:, None], MODEL.idiosyncratic_chain.values
        self.worth = 2 * 2.24 * np.sqrt(1.5) * states[0] * states[1] ** 1.5

    def forecast(self, aggregate, mean_capital):
        following, price = self.rules(aggregate, mean_capital)
        return following, self.price_factor * price

    def outlook(self, aggregate, mean_capital):
        return tf.gather(tf.constant(self.worth), aggregate)

    def continuation(self, outlook, capital_next):
        return outlook[..., None] * tf.sqrt(capital_next)[:, None]

    def target(self, outlook, price):
        return (outlook / (2 * price[:, None])) ** 2
