"""Permutation-invariant value v(x, X) = c + s [rho_0 + sum_d (1_(d = 0) + rho_d) z_d], rho of z and of mean phi(X_i).

z are the own states x less their mean, in standard deviations. A value is felt through its slopes in x, which the
coefficients rho_d give at once; rho_0 alone could represent any value (slide "Main result I") but learns slopes slowly.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy


@keras.saving.register_keras_serializable(package="hetkeras")
class SymmetricValue(SymmetricPolicy):
    """Value of agents given their own states and everyone's: (agent [..., I, D], industry [..., N, D]) -> [..., I].

    Arguments are those of `SymmetricPolicy`. The head's slope is what a standard deviation of the first state is worth.
    """

    @property
    def num_outputs(self) -> int:
        return 1 + len(self.own_columns)

    def call(self, agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        raw = self.outputs_of_rho(agent, industry)
        own = self.own_scaling(tf.gather(agent, self.own_columns, axis=-1))
        return self.head(raw[..., 0] + own[..., 0] + tf.reduce_sum(raw[..., 1:] * own, -1))
