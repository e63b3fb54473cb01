"""Losses of choices in branches: climb the value of every move, and tell which branch is best (Yokomoto 2026, 3.2)."""

from __future__ import annotations

import tensorflow as tf

from hetkeras.training.loss_output import LossOutput


def branch_choice_loss(reached: tf.Tensor, logits: tf.Tensor, best: tf.Tensor) -> LossOutput:
    """Minus the sum of what all moves reach, and the cross-entropy of the probabilities with the best branch.

    All moves climb, also those that nobody takes: the best branch is found by comparing what the branches would be
    worth at their best choices, so that one that is neglected would never be found to be best again.

    Args:
      reached: what the continuous choices maximise, whose gradient is theirs, [..., D].
      logits: of the discrete choice, [..., R].
      best: index of the best branch, held fixed, [...].
    """
    best = tf.stop_gradient(best)
    entropy = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(best, logits))
    total = tf.reduce_mean(tf.reduce_sum(reached, -1))
    agreement = tf.reduce_mean(tf.cast(tf.argmax(logits, -1, tf.int32) == best, tf.float32))
    metrics = {"reached": total, "cross_entropy": entropy, "branch_agreement": agreement}
    return LossOutput(entropy - total, metrics)
