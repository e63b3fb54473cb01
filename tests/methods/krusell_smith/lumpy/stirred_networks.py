"""Small networks of lumpy firms for tests, states to look at them, and noise on their weights."""

import keras
import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.lumpy.networks import FirmSample
from hetkeras.methods.krusell_smith.lumpy.pointwise_networks import PointwiseFirms
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from tests.small_firms import MODEL, terry_rules

CLASSES = {"tables": TabulatedFirms, "points": PointwiseFirms}
MEAN_CAPITAL = tf.constant([1.4, 1.55, 1.9], tf.float64)
CAPITAL = tf.constant([[0.3, 1.2, 5.0, 1.6], [0.6, 1.5, 1.7, 7.5], [0.11, 2.0, 1.0, 3.0]], tf.float64)


def build(name, seed=1):
    keras.utils.set_random_seed(seed)
    return CLASSES[name](MODEL, terry_rules(), (16, 16))


def stir(weights, by, seed=0):
    draws = np.random.default_rng(seed)
    for weight in weights:
        weight.assign(weight + by * draws.normal(size=weight.shape))


def make_sample(dtype=tf.float32):
    """M = 3, N = 4."""
    noise = np.random.default_rng(5).uniform(-0.02, 0.02, (3, 5))
    return FirmSample(tf.cast(MEAN_CAPITAL, dtype), tf.cast(CAPITAL, dtype), tf.constant(noise, dtype))
