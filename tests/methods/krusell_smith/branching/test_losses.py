"""The losses of choices in branches: all moves climb, probabilities learn the best branch, each on its own."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.losses import branch_choice_loss

RNG = np.random.default_rng(0)
REACHED = tf.constant(RNG.normal(size=(6, 3, 8)), tf.float32)
LOGITS = tf.constant(RNG.normal(size=(6, 3, 4)), tf.float32)
BEST = tf.constant(RNG.integers(0, 4, (6, 3)), tf.int32)


def test_loss_and_metrics_are_as_defined():
    output = branch_choice_loss(REACHED, LOGITS, BEST)
    chances = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
    entropy = -np.log(np.take_along_axis(chances, BEST.numpy()[..., None], -1)).mean()
    reached = REACHED.numpy().sum(-1).mean()
    assert float(output.loss) == pytest.approx(entropy - reached, rel=1e-5)
    assert float(output.metrics["cross_entropy"]) == pytest.approx(entropy, rel=1e-5)
    assert float(output.metrics["reached"]) == pytest.approx(reached, rel=1e-5)
    agreeing = np.mean(np.argmax(LOGITS, -1) == BEST.numpy())
    assert float(output.metrics["branch_agreement"]) == pytest.approx(agreeing, rel=1e-6)


def test_every_move_climbs_alike_whichever_is_best():
    with tf.GradientTape() as tape:
        tape.watch([REACHED, LOGITS])
        loss = branch_choice_loss(REACHED, LOGITS, BEST).loss
    climbing, learning = tape.gradient(loss, [REACHED, LOGITS])
    np.testing.assert_allclose(climbing, np.full((6, 3, 8), -1 / 18), rtol=1e-6)
    chances = tf.nn.softmax(LOGITS).numpy()
    np.testing.assert_allclose(learning, (chances - np.eye(4)[BEST.numpy()]) / 18, atol=1e-7)
