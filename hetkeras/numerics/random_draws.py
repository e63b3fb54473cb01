"""Shocks: how they are drawn and how they are integrated out.

Draws are built from Philox bits, so that a seed gives the same numbers eagerly, in a graph and under XLA.
Axes: Q quadrature nodes, B paths or batch, N agents, M idiosyncratic shocks of an agent.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.errors import CalibrationError


class Shocks(NamedTuple):
    """Standard normal innovations of one period.

    idiosyncratic: [..., B, N, M]; aggregate: [..., B].
    """

    idiosyncratic: tf.Tensor
    aggregate: tf.Tensor


def uniforms(seed: tf.Tensor, shape: tf.Tensor | tuple[int, ...], dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Returns draws on the open interval (0, 1) from a [2] integer seed."""
    bits = tf.random.stateless_uniform(shape, seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox")
    mantissa = tf.cast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), tf.int32)
    return (tf.cast(mantissa, dtype) + 0.5) * 2.0**-23


def normals(seed: tf.Tensor, shape: tf.Tensor | tuple[int, ...], dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Returns standard normal draws from a [2] integer seed, by inversion."""
    return tf.math.ndtri(uniforms(seed, shape, dtype))


def gauss_hermite(num_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns nodes [Q] and weights [Q] that integrate against the standard normal density.

    Raises:
      CalibrationError: if num_nodes < 1.
    """
    if num_nodes < 1:
        raise CalibrationError(f"num_nodes is {num_nodes}; Gauss-Hermite quadrature needs at least 1 node")
    nodes, weights = np.polynomial.hermite_e.hermegauss(num_nodes)
    return nodes, weights / weights.sum()


COMMON_NODES = 3  # of what correlated shocks share, where they are integrated out; exact to degree 5


@dataclasses.dataclass(frozen=True)
class SymmetricShocks:
    """Each of N exchangeable agents has M idiosyncratic shocks, named; one aggregate shock hits all alike.

    correlation: of a shock across agents, the only law that every permutation commutes with (Kahou et al. 2022,
    definition 2, pi Omega = Omega pi). What agents then share does not average out as N grows.
    """

    names: tuple[str, ...] = ("idiosyncratic_shock",)
    correlation: float = 0.0  # from 0 to below 1

    @property
    def num_idiosyncratic(self) -> int:
        """M."""
        return len(self.names)

    def zeros(self, state: tf.Tensor) -> Shocks:
        """Returns the period without a shock that fits states [..., N, D]: [..., N, M] and [...]."""
        none = tf.zeros_like(state[..., 0])
        return Shocks(none[..., None] * tf.zeros(self.num_idiosyncratic, state.dtype), none[..., 0])

    def sample(self, seed: tf.Tensor, num_paths: int, num_agents: int, dtype: tf.DType = tf.float32) -> Shocks:
        """Draws one period: idiosyncratic [B, N, M], aggregate [B]."""
        seeds = tf.random.split(seed, 2, alg="philox")
        own = normals(seeds[0], (num_paths, num_agents, self.num_idiosyncratic), dtype)
        if self.correlation:
            third = tf.random.split(seeds[0], 1, alg="philox")[0]
            shared = normals(third, (num_paths, 1, self.num_idiosyncratic), dtype)
            own = (1 - self.correlation) ** 0.5 * own + self.correlation**0.5 * shared
        return Shocks(own, normals(seeds[1], (num_paths,), dtype))

    def quadrature(
        self,
        seed: tf.Tensor,
        num_paths: int,
        num_agents: int,
        num_nodes: int,
        num_draws: int,
        dtype: tf.DType = tf.float32,
    ) -> tuple[Shocks, tf.Tensor]:
        """Nodes for an expectation: Gauss-Hermite in the aggregate shock times draws of the idiosyncratic ones.

        One draw relies on concentration of measure: it is shifted and scaled to mean zero and unit variance
        across agents, which makes a linear economy exact. More draws come in antithetic pairs. The mean of correlated
        shocks does not concentrate: it has nodes of its own, and draws are of what agents differ by.

        Returns:
          Shocks with idiosyncratic [Q, B, N, M] and aggregate [Q, B], and weights [Q]; Q = num_nodes * num_draws, with
          correlated shocks COMMON_NODES^M times as many.

        Raises:
          CalibrationError: if num_draws is neither 1 nor even, or if one draw is asked of fewer than two agents.
        """
        if num_draws == 1:
            if num_agents < 2:
                raise CalibrationError("one standardised draw needs at least 2 agents; ask for 2 draws or more")
            draws = _standardised(normals(seed, (1, num_paths, num_agents, self.num_idiosyncratic), dtype))
        elif num_draws >= 2 and num_draws % 2 == 0:
            half = normals(seed, (num_draws // 2, num_paths, num_agents, self.num_idiosyncratic), dtype)
            draws = tf.concat([half, -half], 0)
        else:
            raise CalibrationError(f"num_draws is {num_draws}; expected 1, or an even number for antithetic pairs")
        draws, chances = self._with_means(draws)
        nodes, weights = gauss_hermite(num_nodes)
        aggregate = tf.repeat(tf.constant(nodes, dtype), len(chances))[:, None] * tf.ones((1, num_paths), dtype)
        shocks = Shocks(tf.tile(draws, (num_nodes, 1, 1, 1)), aggregate)
        return shocks, tf.constant(np.outer(weights, chances).ravel(), dtype)

    def num_nodes(self, num_nodes: int, num_draws: int) -> int:
        """Q of `quadrature`."""
        return num_nodes * num_draws * (COMMON_NODES**self.num_idiosyncratic if self.correlation else 1)

    def mean_variance(self, num_agents: int) -> float:
        """Variance of the mean of a shock over so many agents."""
        return (1 + (num_agents - 1) * self.correlation) / num_agents

    def _with_means(self, draws: tf.Tensor) -> tuple[tf.Tensor, np.ndarray]:
        """Draws [S, B, N, M] around the nodes of their means, if they are correlated, and the weight of each."""
        num_draws, _, num_agents, num_shocks = draws.shape
        if not self.correlation:
            return draws, np.full(num_draws, 1 / num_draws)
        nodes, weights = gauss_hermite(COMMON_NODES)
        means = self.mean_variance(num_agents) ** 0.5 * np.array([*itertools.product(nodes, repeat=num_shocks)])
        chances = np.prod([*itertools.product(weights, repeat=num_shocks)], -1)
        own = (1 - self.correlation) ** 0.5 * (draws - tf.reduce_mean(draws, -2, keepdims=True))
        around = own[None] + tf.constant(means[:, None, None, None], draws.dtype)  # [nodes, S, B, N, M]
        return tf.reshape(around, (-1, *draws.shape[1:])), np.repeat(chances / num_draws, num_draws)


def _standardised(draws: tf.Tensor) -> tf.Tensor:
    centred = draws - tf.reduce_mean(draws, -2, keepdims=True)
    return centred * tf.math.rsqrt(tf.reduce_mean(tf.square(centred), -2, keepdims=True))
