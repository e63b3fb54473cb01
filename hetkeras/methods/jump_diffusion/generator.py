"""The generator of a diffusion, by differences that are exact for cubic functions of the state.

2 M nodes along the loadings on the common shocks, and one random direction for all shocks of the states' own: that is
right on average, so that a square needs two draws.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion

Value = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(state [..., D], binary [..., J]) -> [...]."""


def generator(
    model: JumpDiffusion,
    value: Value,
    here: tf.Tensor,
    state: tf.Tensor,
    binary: tf.Tensor,
    step: float,
    sign: tf.Tensor,
) -> tf.Tensor:
    """L V by central differences over a step of time, up to O(step): [B].

    Args:
      model: the economics.
      value: V.
      here: V at the states, [B].
      state: [B, D]; binary: [B, J].
      step: of time.
      sign: random directions of the states' own shocks, [B, D] of ones and minus ones; unused if there are none.
    """
    nodes, weights = diffusion_nodes(model, state, binary, step, sign)
    spread = tf.broadcast_to(binary, (nodes.shape[0], *binary.shape))
    return tf.tensordot(weights, value(nodes, spread) - here, 1) / step


def diffusion_nodes(
    model: JumpDiffusion, state: tf.Tensor, binary: tf.Tensor, step: float, sign: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """States after a step of time [Q, B, D] and their weights [Q]; Q = 2 M, and 2 more for shocks of their own."""
    moved = state + step * model.drift(state, binary)
    directions = tf.unstack(model.loadings(state, binary), axis=-1)
    own = model.idiosyncratic_volatility(state, binary)
    if own is not None:
        directions.append(own * sign)
    reach = (step * len(directions)) ** 0.5
    nodes = tf.stack([moved + move for direction in directions for move in (reach * direction, -reach * direction)])
    return nodes, tf.fill((nodes.shape[0],), tf.constant(1 / nodes.shape[0], state.dtype))
