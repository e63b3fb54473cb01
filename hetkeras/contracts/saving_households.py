"""What all households that save in one asset have in common: patience, utility, and how much they may hold or owe."""

from __future__ import annotations

import abc
import dataclasses

import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.numerics.falling_root import falling_root

CONSUMPTION = -60.0, 60.0  # logs between which the inverse of marginal utility is looked for


@dataclasses.dataclass(frozen=True)
class SavingHouseholds(Calibration, abc.ABC):
    """Economics of the household alone."""

    @property
    @abc.abstractmethod
    def discount_factor(self) -> float:
        """beta, per period."""

    @abc.abstractmethod
    def utility(self, consumption: tf.Tensor) -> tf.Tensor:
        """u(c), [...]; rises, ever less."""

    @property
    @abc.abstractmethod
    def borrowing_limit(self) -> float:
        """The least assets that a household may hold; below zero is debt."""

    @property
    @abc.abstractmethod
    def greatest_assets(self) -> float:
        """Assets up to which households are looked at, more than any of them wants."""

    def marginal_utility(self, consumption: tf.Tensor) -> tf.Tensor:
        """u'(c), [...]."""
        with tf.GradientTape() as tape:
            tape.watch(consumption)
            utility = self.utility(consumption)
        return tape.gradient(utility, consumption)

    def wanted_consumption(self, marginal_utility: tf.Tensor) -> tf.Tensor:
        """c at which a unit more is worth so much, [...]: the inverse of `marginal_utility`."""
        target = tf.math.log(marginal_utility)
        low, high = (tf.fill(tf.shape(target), tf.constant(end, target.dtype)) for end in CONSUMPTION)
        return tf.exp(falling_root(lambda logs: tf.math.log(self.marginal_utility(tf.exp(logs))) - target, low, high))
