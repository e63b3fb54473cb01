"""The paper's parametrisation (Yokomoto 2026, eqs. 32-37): all states are inputs, levels are all that is trained.

V(eps, k; z, K) and k*(eps; z, K, p) are plain networks; the value chases its Bellman operator in levels, the policy
climbs the expected discounted value. Kept to be compared with: since -p k' + beta E V is nearly flat, a small gap in
levels says little about the best choice. Equations 26 and 37 are used as corrected in `KhanThomas`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.mlp import MLP
from hetkeras.methods.krusell_smith.losses import bellman_loss, choice_loss
from hetkeras.methods.krusell_smith.lumpy.networks import FirmSample, NeuralFirms, Outlook
from hetkeras.methods.krusell_smith.networks import follow
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.training.loss_output import LossOutput

TARGET_RATE = 0.05  # tau of soft updates


class PointwiseFirms(NeuralFirms):
    """One value network, one policy network.

    Args:
      model: the economics.
      rules: what firms expect.
      hidden: widths of the hidden layers.
      price_width: not used; prices are an input.
    """

    def __init__(
        self,
        model: PriceTakingFirms,
        rules: ForecastRules,
        hidden: tuple[int, ...] = (128, 128),
        price_width: float = 0,
    ) -> None:
        super().__init__(model, rules)
        del price_width
        self._value, self._slow = (_network(hidden, 4) for _ in range(2))
        self._start_from_payoff()
        self._slow.set_weights(self._value.get_weights())
        self._policy = _network(hidden, 4, last_scale=0.1)
        low, high = model.capital_bounds
        rest = [model.frictionless_steady_state(float(state)) for state in model.aggregate_chain.values]
        self._head = BoundedOutput(rest[len(rest) // 2][0], 1.0, low, high)
        prices = [price for _, price, *_ in rest]
        self._price_range = min(prices) * 0.95, max(prices) * 1.05

    @property
    def value_weights(self) -> list[keras.Variable]:
        return self._value.trainable_variables

    @property
    def policy_weights(self) -> list[keras.Variable]:
        return self._policy.trainable_variables

    @property
    def slow_weights(self) -> list[keras.Variable]:
        return self._slow.trainable_variables

    @property
    def value_metrics(self) -> tuple[str, ...]:
        return ("bellman_gap",)

    def follow(self, metrics: dict[str, tf.Tensor]) -> None:
        follow(self._slow.trainable_variables, self._value.trainable_variables, TARGET_RATE)

    def value_targets(self, sample: FirmSample) -> tf.Tensor:
        """T V by point, [M, N, A, E]."""
        following, price = self.expectations(sample.mean_capital)[:2]
        targets = self.targets(sample.mean_capital, following, price)
        aimed = self.reached(following, price, targets, slow=True)[:, :, None]
        stay = tf.repeat(self.model.unadjusted_capital(sample.capital)[:, None], following.shape[1], 1)  # [M, A, N]
        price = price[..., None, None]
        staying = self.carried(self.tomorrow(following, stay, slow=True)) - price * stay[..., None]
        aggregate, idiosyncratic = self.shocks(price.dtype)
        firms = self.model.at(*(each[..., None, None] for each in self.expectations(sample.mean_capital)[1:]))
        payoff = firms.payoff(idiosyncratic, sample.capital[:, None, :, None], aggregate[:, None])
        return _by_point(payoff + aimed - firms.expected_friction_loss(aimed - staying))

    def value_fit(self, sample: FirmSample, targets: tf.Tensor) -> LossOutput:
        return bellman_loss(self._values(self._value, sample.mean_capital, sample.capital), targets)

    def policy_fit(self, sample: FirmSample, targets: Any) -> LossOutput:
        del targets
        following, price = self.expectations(sample.mean_capital)[:2]
        price *= 1 + sample.noise
        chosen = self.targets(sample.mean_capital, following, price)
        return choice_loss(self.reached(following, price, chosen, slow=False), tf.ones_like(chosen))

    def tomorrow(self, following: tf.Tensor, capital_next: tf.Tensor, slow: bool) -> tf.Tensor:
        return self._values(self._slow if slow else self._value, following, capital_next)

    def target(self, outlook: Outlook, price: tf.Tensor) -> tf.Tensor:
        chains = self.model.aggregate_chain, self.model.idiosyncratic_chain
        aggregate = tf.gather(tf.constant(chains[0].values, price.dtype), outlook.aggregate)
        states = tf.constant(chains[1].values, price.dtype)
        inputs = [
            _scaled(states, chains[1].values[[0, -1]]),
            *(
                _scaled(tensor, ends)[:, None]
                for tensor, ends in (
                    (aggregate, chains[0].values[[0, -1]]),
                    (outlook.mean_capital, self.model.mean_capital_bounds),
                    (price, self._price_range),
                )
            ),
        ]
        return tf.cast(self._head(self._policy(_stacked(inputs))[..., 0]), price.dtype)

    def value(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, capital: tf.Tensor) -> tf.Tensor:
        table = self._values(self._value, mean_capital, capital)
        return tf.transpose(tf.gather(table, aggregate, axis=2, batch_dims=1), (0, 2, 1))

    def _start_from_payoff(self) -> None:
        """Fits the last layer to the payoff at rest, so that the first policies climb something that slopes upwards.

        From random weights the policy can run into a bound of its head, where the gradient is nil, and stay there.
        """
        mean_capital = tf.fill((64,), tf.constant(sum(self.model.mean_capital_bounds) / 2, tf.float32))
        capital = tf.repeat(tf.linspace(*map(float, self.model.capital_bounds), 64)[None], 64, 0)
        aggregate, idiosyncratic = self.shocks(tf.float32)
        wanted = self.firms_expecting(mean_capital).payoff(idiosyncratic, capital[..., None, None], aggregate)
        nodes = self._inputs(mean_capital, capital)
        for layer in self._value.stack[:-1]:
            nodes = layer(nodes)
        nodes = tf.reshape(nodes, (-1, nodes.shape[-1]))
        bias = tf.reduce_mean(wanted)
        kernel = tf.linalg.lstsq(nodes, tf.reshape(wanted - bias, (-1, 1)), l2_regularizer=1e-2)
        self._value.stack[-1].set_weights([kernel, bias[None]])

    def _values(self, network: MLP, mean_capital: tf.Tensor, capital: tf.Tensor) -> tf.Tensor:
        """V at all shock states, [..., P, A, E] from K [...], k [..., P]."""
        return tf.cast(network(self._inputs(mean_capital, capital))[..., 0], capital.dtype)

    def _inputs(self, mean_capital: tf.Tensor, capital: tf.Tensor) -> tf.Tensor:
        chains = self.model.aggregate_chain, self.model.idiosyncratic_chain
        aggregate, idiosyncratic = self.shocks(capital.dtype)
        return _stacked(
            [
                _scaled(idiosyncratic, chains[1].values[[0, -1]]),
                _scaled(aggregate, chains[0].values[[0, -1]]),
                _scaled(capital, self.model.capital_bounds)[..., None, None],
                _scaled(mean_capital, self.model.mean_capital_bounds)[..., None, None, None],
            ]
        )


def _network(hidden: tuple[int, ...], inputs: int, last_scale: float = 1.0) -> MLP:
    network = MLP(hidden, 1, "silu", last_scale)
    network.build((None, inputs))
    return network


def _scaled(tensor: tf.Tensor, ends: tuple[float, float] | np.ndarray) -> tf.Tensor:
    """Maps a range onto [-1, 1]."""
    return 2 * (tensor - ends[0]) / (ends[1] - ends[0]) - 1


def _stacked(inputs: list[tf.Tensor]) -> tf.Tensor:
    """Broadcasts inputs against each other and stacks them as float32 on a last axis."""
    shape = tf.shape(inputs[0])
    for tensor in inputs[1:]:
        shape = tf.broadcast_dynamic_shape(shape, tf.shape(tensor))
    return tf.stack([tf.cast(tf.broadcast_to(tensor, shape), tf.float32) for tensor in inputs], -1)


def _by_point(table: tf.Tensor) -> tf.Tensor:
    """[M, A, N, E] to [M, N, A, E]."""
    return tf.transpose(table, (0, 2, 1, 3))
