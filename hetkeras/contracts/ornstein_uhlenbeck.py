"""Jump diffusions whose continuous states revert to their means: Ornstein-Uhlenbeck processes, whatever flips.

d x = -theta (x - xbar) dt + sigma dW + s * dB with common shocks W and a shock B of each state's own.
Axes: D continuous states, M common shocks, B batch.
"""

from __future__ import annotations

import abc
import math

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.numerics.random_draws import normals, uniforms

WIDE = 1.2, 6.0  # half of the sampled states are normal with so many standard deviations, half uniform within so many


class RevertingStates(JumpDiffusion):
    """Transitions are exact for any span."""

    reversion: float  # theta

    @property
    @abc.abstractmethod
    def mean_state(self) -> np.ndarray:
        """xbar: [D]."""

    @property
    @abc.abstractmethod
    def factor_loadings(self) -> np.ndarray:
        """sigma: [D, M]."""

    @property
    def idiosyncratic_loadings(self) -> np.ndarray:
        """s: [D], zeros where there are no shocks of their own."""
        return np.zeros(len(self.mean_state))

    @property
    def num_shocks(self) -> int:
        return self.factor_loadings.shape[1]

    @property
    def one_sd_shock(self) -> np.ndarray:
        return self.factor_loadings[:, 0] / math.sqrt(2 * self.reversion)

    def long_run_mean(self, dtype: tf.DType = tf.float32) -> tf.Tensor:
        return tf.constant(self.mean_state, dtype)

    def drift(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        del binary
        return -self.reversion * (state - self.long_run_mean(state.dtype))

    def loadings(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        del binary
        return tf.constant(self.factor_loadings, state.dtype)

    def idiosyncratic_volatility(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor | None:
        del binary
        return tf.constant(self.idiosyncratic_loadings, state.dtype) if self.idiosyncratic_loadings.any() else None

    def diffuse(
        self, state: tf.Tensor, binary: tf.Tensor, span: tf.Tensor, seed: tf.Tensor, mirrored: bool = False
    ) -> tf.Tensor:
        """Exact for any span."""
        del binary
        decay = tf.exp(-self.reversion * tf.cast(span, state.dtype))[:, None]
        spread = tf.sqrt((1 - decay**2) / (2 * self.reversion))
        mean = self.long_run_mean(state.dtype)
        noise = self._noise(seed, state.shape[0] // (2 if mirrored else 1), state.dtype)
        return mean + decay * (state - mean) + spread * (tf.concat([noise, -noise], 0) if mirrored else noise)

    def sample(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType = tf.float32) -> tuple[tf.Tensor, tf.Tensor]:
        """Any number of elements with equal chances; factors normal or uniform, well beyond the stationary law."""
        seeds = tf.random.split(seed, 5, alg="philox")
        shares = uniforms(seeds[0], (num_paths, 1), dtype)
        binary = tf.cast(uniforms(seeds[1], (num_paths, self.num_binary), dtype) < shares, dtype)
        even = uniforms(seeds[2], (num_paths, self.num_shocks), dtype)
        factors = tf.concat([WIDE[0] * tf.math.ndtri(even[::2]), WIDE[1] * (2 * even[1::2] - 1)], 0)
        moved = tf.linalg.matmul(factors, tf.constant(self.factor_loadings, dtype), transpose_b=True)
        moved += WIDE[0] * tf.constant(self.idiosyncratic_loadings, dtype) * normals(seeds[3], moved.shape, dtype)
        return self.long_run_mean(dtype) + moved / math.sqrt(2 * self.reversion), binary

    def _noise(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType) -> tf.Tensor:
        """Normal draws with the covariance of the states' shocks, [B, D]."""
        seeds = tf.random.split(seed, 2, alg="philox")
        common = normals(seeds[0], (num_paths, self.num_shocks), dtype)
        noise = tf.linalg.matmul(common, tf.constant(self.factor_loadings, dtype), transpose_b=True)
        if not self.idiosyncratic_loadings.any():
            return noise
        return noise + tf.constant(self.idiosyncratic_loadings, dtype) * normals(seeds[1], noise.shape, dtype)
