"""The neural method for lumpy firms on a tiny scale."""

import keras
import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from tests.small_firms import MODEL, terry_rules

PATH = MODEL.aggregate_chain.paths(2, np.random.default_rng(0).uniform(size=120))
SETTINGS = KrusellSmithSettings(
    first_steps=120,
    round_steps=60,
    max_rounds=3,
    near=1e-8,
    reuse=2,
    policy_steps=3,
    tolerance=1e-9,
    first_rate=1.6e-2,
    round_rate=8e-3,
    warmup_steps=20,
    mean_capital_batch=8,
    capital_batch=8,
)


class Nudged:
    """A start that moves all intercepts."""

    def give(self, rules):
        rules.coefficients.assign_add(tf.constant([0.01, 0.0], tf.float64) + tf.zeros_like(rules.coefficients))
        return 2.5


def make_solver(settings=SETTINGS, seed=0, fixed=False):
    keras.utils.set_random_seed(seed)
    firms = TabulatedFirms(MODEL, terry_rules("terry_2017_first_rules.csv"), (16, 16), settings.price_noise)
    return NeuralLumpy(firms, settings, PATH, 20, Histogram(*MODEL.capital_bounds, 30), seed, fixed, Nudged())
