"""Losses of value functions that chase their own Bellman operator, and of policies that climb them."""

from __future__ import annotations

import tensorflow as tf

from hetkeras.training.loss_output import LossOutput


def bellman_loss(values: tf.Tensor, operator: tf.Tensor) -> LossOutput:
    """Mean squared gap of V to TV, which is held fixed (Yokomoto 2026, eq. 36); both [...]."""
    gap = values - tf.stop_gradient(operator)
    return LossOutput(tf.reduce_mean(tf.square(gap)), {"bellman_gap": tf.reduce_mean(tf.abs(gap))})


def slope_loss(slopes: tf.Tensor, targets: tf.Tensor) -> LossOutput:
    """Mean squared gap of the slopes of V to those of TV, which are held fixed; both [...].

    Choices depend on slopes, of which a small gap in level says little.
    """
    loss = tf.reduce_mean(tf.square(slopes - tf.stop_gradient(targets)))
    return LossOutput(loss, {"slope_gap": tf.sqrt(loss)})


def gain_loss(
    gain: tf.Tensor, slope: tf.Tensor, target: tf.Tensor, target_slope: tf.Tensor, saturation: float
) -> LossOutput:
    """Gap in level and in slope of the gain from adjusting, in units of the largest gain that matters.

    Level alone says almost nothing about the slope, which is what the best choice depends on. Where the target is
    above `saturation` every firm adjusts whatever the gain, so that only being below it is penalised.

    Args:
      gain, slope: of the network, [...]; slope by the log of capital.
      target, target_slope: by the Bellman operator, held fixed, [...].
      saturation: above 1.
    """
    matters = tf.stop_gradient(tf.cast(target < saturation, gain.dtype))
    level = matters * tf.square(gain - tf.stop_gradient(target))
    below = (1 - matters) * tf.square(tf.nn.relu(saturation - gain))
    slopes = matters * tf.square(slope - tf.stop_gradient(target_slope))
    metrics = {"gain_gap": tf.reduce_mean(level + below), "slope_gap": tf.reduce_mean(slopes)}
    return LossOutput(tf.reduce_mean(level + below + slopes), metrics)


def goal_loss(logs: tf.Tensor, goals: tf.Tensor, unit: float) -> LossOutput:
    """Mean squared distance of choices, in logs, to goals that are held fixed, in a unit; both [...]."""
    distance = tf.reduce_mean(tf.square(logs - tf.stop_gradient(goals)))
    return LossOutput(distance / unit**2, {"choice_gap": tf.sqrt(distance)})


def choice_loss(reached: tf.Tensor, scale: tf.Tensor) -> LossOutput:
    """Minus the value that choices reach, by their scale (Yokomoto 2026, eq. 34); both [...].

    Its gradient is the first-order condition of the choice times the derivative of the network.
    """
    loss = -tf.reduce_mean(reached / tf.stop_gradient(scale))
    return LossOutput(loss, {"reached": -loss})
