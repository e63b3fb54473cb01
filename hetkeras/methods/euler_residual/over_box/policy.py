"""A symmetric policy with parameters as inputs: the linear policy of each calibration, and what a network adds."""

from __future__ import annotations

import keras
import tensorflow as tf

from hetkeras.methods.euler_residual.over_box.economy import EconomyOverBox
from hetkeras.methods.euler_residual.over_box.tensors import places_of
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy


class PolicyOverBox(keras.Model):
    """Action of an agent in an economy of a box: (agent [..., K, D + P], industry [..., N, D + P]) -> [..., K].

    The inner policy sees first states as relative distances to rest, and parameters as places between -1 and 1.

    Args:
      economy: the economies of the box as one.
      inner: own columns are those of the economy and all parameters; its output of one is one action at rest.
    """

    def __init__(self, economy: EconomyOverBox, inner: SymmetricPolicy) -> None:
        super().__init__()
        self.economy, self.inner = economy, inner

    def build(self, agent_shape: tuple[int | None, ...], industry_shape: tuple[int | None, ...] | None = None) -> None:
        self.inner.build(agent_shape, industry_shape)
        self.built = True

    def call(self, agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        rest, action, slope = tf.split(self.economy.linear(self.economy.theta(industry)), 3, -1)  # [..., 1] each
        away = tf.reduce_mean(industry[..., 0], -1, keepdims=True) - rest
        unit = tf.where(action == 0, tf.abs(rest), tf.abs(action))
        return action + slope * away + unit * self.inner(self._seen(agent), self._seen(industry))

    def adapt(self, industry: tf.Tensor) -> None:
        """Sets the moments of states and summaries to those of sample states [B, N, D + P]."""
        self.inner.adapt(self._seen(industry))

    def _seen(self, state: tf.Tensor) -> tf.Tensor:
        """States as the inner policy sees them, same shape."""
        economy = self.economy
        theta = economy.theta(state)
        rest = economy.linear(theta)[..., None, :1]  # [..., 1, 1]
        count = len(economy.model.state_names)
        own = tf.concat([state[..., :1] / rest - 1, state[..., 1:count]], -1)
        return economy.joined(own, places_of(economy.places, theta))
