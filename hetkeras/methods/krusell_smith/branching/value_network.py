"""The value of firms with branches as one network with an output for each combination of discrete shocks.

V(k, n_-1; K) in all aggregate states A and productivities E is linear in the last hidden layer, so that its
expectation over all 50 successors is one more set of last weights, not 50 evaluations. Added to the network is what
capital fetches at usual prices, which is most of how V depends on it.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.layers.shock_state_mlp import ShockStateMLP
from hetkeras.methods.krusell_smith.branching.features import BranchFeatures
from hetkeras.methods.krusell_smith.networks import follow


class Expectation(NamedTuple):
    """Last layer of E V' given today's states: kernel [W, A, E], bias [A, E]."""

    kernel: tf.Tensor
    bias: tf.Tensor


class BranchValue(tf.Module):
    """V and its target network.

    Args:
      model: the economics.
      hidden: widths of the hidden layers.
      price: usual price of goods in marginal utility, the slope in capital that is added to the network.
      waves: see `BranchFeatures`.
    """

    def __init__(self, model: BranchingFirms, hidden: tuple[int, ...], price: float, waves: int) -> None:
        super().__init__()
        self.model = model
        self._slope = float(sum(model.marginal_capital_cost(tf.constant(price)))) / 2  # between buying and selling
        states = model.aggregate_chain.num_states, model.idiosyncratic_chain.num_states
        self.features = BranchFeatures(model, waves)
        centre, scale = self.features.centre, self.features.scale
        self.fast, self.slow = (ShockStateMLP(states, hidden, centre, scale, 0.1) for _ in range(2))
        for table in (self.fast, self.slow):
            table.build((None, len(centre)))
        self.slow.set_weights(self.fast.get_weights())
        self.level = keras.Variable(0.0, dtype="float32", trainable=False, name="level")

    def __call__(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor
    ) -> tf.Tensor:
        """V at indices, K, k and n_-1 [B]: [B, E]."""
        kernel, bias = self.fast.last_layer()
        network = _by_state(self.fast.nodes(self.features(mean_capital, capital, labor)), kernel, aggregate)
        return network + tf.gather(bias, aggregate) + self.level + self._slope * capital[:, None]

    def slopes(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Derivatives of V in the logs of k and of n_-1, [B, E] each."""
        kernel, _ = self.fast.last_layer()
        features = self.features(mean_capital, capital, labor)
        found = [
            _by_state(self.fast.nodes_with_slope(features, direction)[1], kernel, aggregate)
            for direction in self.features.directions(capital, labor)
        ]
        return found[0] + self._slope * capital[:, None], found[1]

    def expectation(self, slow: bool) -> Expectation:
        """E V' over all successors; of the target network if slow."""
        kernel, bias = (self.slow if slow else self.fast).last_layer()
        model, dtype = self.model, kernel.dtype
        aggregate = tf.constant(model.aggregate_chain.transition, dtype)
        own = tf.constant(model.idiosyncratic_chain.transitions[model.aggregate_states[1]], dtype)  # [A, E, E]
        kernel = tf.einsum("aef,waf->wae", own, tf.einsum("ab,wbf->waf", aggregate, kernel))
        return Expectation(kernel, tf.einsum("aef,af->ae", own, aggregate @ bias))

    def carried(
        self,
        expectation: Expectation,
        slow: bool,
        aggregate: tf.Tensor,
        following: tf.Tensor,
        capital: tf.Tensor,
        labor: tf.Tensor,
    ) -> tf.Tensor:
        """beta E V' of ending with (k', n), [B, E, P].

        Args:
          expectation: of the same network.
          slow: whether the target network tells.
          aggregate: indices of today's state, [B].
          following: expected K', [B].
          capital, labor: k' and n, [B, E, P], or [B, 1, P] where they are the same for all productivities.
        """
        table = self.slow if slow else self.fast
        nodes = table.nodes(self.features(following[:, None, None], capital, labor))
        kernel = tf.gather(tf.transpose(expectation.kernel, (1, 2, 0)), aggregate)  # [B, E, W]
        shared = nodes.shape[1] == 1
        network = (
            tf.einsum("bpw,bew->bep", nodes[:, 0], kernel) if shared else tf.einsum("bepw,bew->bep", nodes, kernel)
        )
        constant = tf.gather(expectation.bias, aggregate)[..., None] + self.level
        return self.model.discount_factor * (network + constant + self._slope * capital)

    def carried_slopes(
        self, expectation: Expectation, aggregate: tf.Tensor, following: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Derivatives of the target network's beta E V' in k' and in n, [B, E] each, at k' and n [B, E]."""
        kernel = tf.gather(tf.transpose(expectation.kernel, (1, 2, 0)), aggregate)  # [B, E, W]
        features = self.features(following[:, None], capital, labor)
        moves = [
            tf.reduce_sum(self.slow.nodes_with_slope(features, direction)[1] * kernel, -1)
            for direction in self.features.directions(capital, labor)
        ]
        beta = self.model.discount_factor
        return beta * (moves[0] / capital + self._slope), beta * moves[1] / labor

    def follow(self, rate: float, shift: tf.Tensor) -> None:
        """Moves the target network after the other, and the level of both by a shift."""
        follow(self.slow.trainable_variables, self.fast.trainable_variables, rate)
        self.level.assign_add(shift)


def _by_state(nodes: tf.Tensor, kernel: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
    """Last hidden layers [B, W] times the kernels [W, A, E] of aggregate states [B]: [B, E]."""
    return tf.einsum("bw,bew->be", nodes, tf.gather(tf.transpose(kernel, (1, 2, 0)), aggregate))
