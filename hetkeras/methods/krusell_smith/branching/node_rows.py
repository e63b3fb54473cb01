"""Choices at all nodes of a histogram out of a function of single rows: in blocks, and only where there are firms."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms, FirmChoice
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram

ROWS = 256  # pairs of capital and labor in a block


def over_rows(
    model: BranchingFirms,
    histogram: JointHistogram,
    choices: Callable[[tf.Tensor, tf.Tensor], FirmChoice],
    num_economies: tf.Tensor,
    inhabited: tf.Tensor | None,
) -> FirmChoice:
    """Returns choices at the nodes, float64 [B, E, H, L]; where nobody is firms keep what they have.

    Args:
      model, histogram: the economics and the nodes.
      choices: (k [P], n_-1 [P]) of P pairs -> choices [B P, E], of each economy its pairs in turn, single precision.
      num_economies: B.
      inhabited: pairs of nodes where there are firms, 0 or 1 [H, L]; None for all.
    """
    height, width = histogram.shape
    pairs, blocks = height * width, -(-height * width // ROWS)
    states = model.idiosyncratic_chain.num_states
    here = tf.ones(pairs, tf.bool) if inhabited is None else tf.reshape(inhabited > 0, (-1,))
    place = tf.cumsum(tf.cast(here, tf.int32)) - 1  # of each pair among those with firms
    order = tf.scatter_nd(
        tf.where(here, place, blocks * ROWS)[:, None], tf.range(pairs), (blocks * ROWS + pairs,)
    )  # pairs without firms count at places that nobody reads
    capital, labor = histogram.pairs()

    def block(index: tf.Tensor, found: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        chosen = tf.slice(order, [index * ROWS], [ROWS])
        parts = tf.stack(choices(tf.gather(capital, chosen), tf.gather(labor, chosen)))  # [4, B ROWS, E]
        parts = tf.reshape(parts, (4, num_economies, ROWS, states))
        return index + 1, found.write(index, parts)

    used = (place[-1] + ROWS) // ROWS  # blocks with firms
    known = tf.get_static_value(tf.convert_to_tensor(num_economies))  # blocks that nobody asks for need their shape
    empty = tf.TensorArray(tf.float32, blocks, element_shape=(4, known, ROWS, states))
    _, found = tf.while_loop(lambda index, _: index < used, block, (tf.constant(0), empty))
    by_place = tf.reshape(tf.transpose(found.stack(), (1, 2, 4, 0, 3)), (4, num_economies, states, blocks * ROWS))
    at_nodes = tf.where(here, tf.gather(by_place, tf.maximum(place, 0), axis=-1), 0.0)
    capital, labor, *digits = tf.unstack(
        tf.cast(tf.reshape(at_nodes, (4, num_economies, states, height, width)), tf.float64)
    )
    kept = model.kept_capital(tf.constant(histogram.capital))[:, None], model.kept_labor(tf.constant(histogram.labor))
    levels = (tf.where(d == 1, x, k) for d, x, k in zip(digits, (capital, labor), kept, strict=True))
    return FirmChoice(*levels, *digits)
