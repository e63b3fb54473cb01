"""The deep BSDE method (E, Han and Jentzen 2017; Han, Jentzen and E 2018), to be timed against ours.

u(0, x_0) and the loading z_0 there are trained numbers, z_n at each later date is a network of its own of x_n (eq. 6);
the value is carried forward along paths, u_{n+1} = u_n - f dt + z dW (eq. 5), and the loss is its mean squared distance
to g(x_T) (eq. 8). Sizes, rates and numbers of steps are those that the paper states for HJB equations in a hundred
dimensions; where it is silent they are those of the published code. The training loop is ours, compiled.
"""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.numerics.random_draws import normals

HIDDEN_BEYOND = 10  # nodes of a hidden layer beyond D
START = 0.0, 1.0  # u(0, x_0) before training, drawn between
LOADING = 0.1  # z_0 before training, drawn up to it
CLIP = 50.0  # distance from which the loss grows like it, not like its square
MOMENTUM, EPSILON = 0.99, 1e-6  # of batch normalization


@dataclasses.dataclass(frozen=True)
class DeepBSDESettings:
    """Of the paper's section on HJB equations."""

    num_steps: int = 2000
    learning_rate: float = 1e-2
    batch_size: int = 64
    time_steps: int = 20


class DeepBSDE:
    """Trains u(0, x_0).

    Args:
      model: the equation.
      settings: see `DeepBSDESettings`.
      seed: of all draws.
    """

    def __init__(
        self, model: TerminalValueDiffusion, settings: DeepBSDESettings = DeepBSDESettings(), seed: int = 0
    ) -> None:
        self.model, self.chosen, self.seed = model, settings, seed
        rng, size = np.random.default_rng(seed), model.num_states
        self.value = keras.Variable(np.float32(rng.uniform(*START)))
        self.loading = keras.Variable(rng.uniform(-LOADING, LOADING, (1, size)).astype(np.float32))
        self.networks = [_network(size) for _ in range(settings.time_steps - 1)]
        self.weights = [self.value, self.loading, *(w for each in self.networks for w in each.trainable_variables)]
        self.optimizer = keras.optimizers.Adam(settings.learning_rate, epsilon=1e-8)
        self.optimizer.build(self.weights)
        self.step = tf.Variable(0)

    def loss(self) -> tf.Tensor:
        """Mean of squared distances to the terminal value on fresh paths, a scalar."""
        model, chosen = self.model, self.chosen
        count, size, number = chosen.batch_size, model.num_states, chosen.time_steps
        span = model.horizon / number
        draws = normals(tf.stack([self.seed, self.step]), (number, count, size), tf.float32)
        increments = span**0.5 * draws
        state = tf.repeat(tf.constant(model.initial_state, tf.float32)[None], count, 0)
        value, loading = tf.fill((count,), self.value.value), tf.repeat(self.loading.value, count, 0)
        for n in range(number):
            time = tf.fill((count,), n * span)
            if n:
                loading = self.networks[n - 1](state, training=True) / size
            earned = span * model.driver(time, state, value, loading)
            value = value - earned + tf.reduce_sum(loading * increments[n], -1)
            state = model.step(time, state, tf.fill((count,), span), increments[n])
        off = value - model.terminal_value(state)
        far = 2 * CLIP * tf.abs(off) - CLIP**2
        return tf.reduce_mean(tf.where(tf.abs(off) < CLIP, tf.square(off), far))

    @tf.function(jit_compile=True, autograph=False)
    def train(self, num_steps: tf.Tensor) -> tf.Tensor:
        """Takes steps and returns the loss of the last one."""

        values = [weight.value for weight in self.weights]

        def body(count: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(values)
                loss = self.loss()
            self.optimizer.apply(tape.gradient(loss, values))
            self.step.assign_add(1)
            return count + 1, loss

        return tf.while_loop(lambda count, _: count < num_steps, body, (tf.constant(0), tf.zeros(())))[1]


def _network(size: int) -> keras.Sequential:
    """Batch normalization before, between and after two hidden layers, as in the paper's section 4."""

    def normalization() -> keras.layers.Layer:
        return keras.layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON)

    layers: list[keras.layers.Layer] = [keras.Input((size,)), normalization()]
    for _ in range(2):
        dense = keras.layers.Dense(size + HIDDEN_BEYOND, use_bias=False)
        layers += [dense, normalization(), keras.layers.ReLU()]
    return keras.Sequential([*layers, keras.layers.Dense(size), normalization()])
