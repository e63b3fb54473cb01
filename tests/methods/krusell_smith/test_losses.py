"""Bellman losses: by hand, with gradients that reach the networks and never the targets."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.losses import bellman_loss, choice_loss, gain_loss, goal_loss, slope_loss

SATURATION = 1.3
# The last three targets are at or above saturation: below it, above it and far above it by the network.
GAIN = np.array([0.2, 0.9, 1.6, 0.5, 1.4, 9.0])
SLOPE = np.array([-0.3, 0.4, 0.1, 5.0, -7.0, 2.0])
TARGET = np.array([0.1, 1.0, 1.2, 1.3, 2.0, 3.0])
TARGET_SLOPE = np.array([-0.1, 0.1, 0.4, -3.0, 8.0, 1e6])
MATTERS = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])


def constants(*arrays):
    return [tf.constant(array, tf.float64) for array in arrays]


def gradients(loss, *arguments):
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        output = loss(*arguments)
    return output, tape.gradient(output.loss, arguments)


def gain_output(gain=GAIN, slope=SLOPE, target=TARGET, target_slope=TARGET_SLOPE):
    return gradients(lambda *tensors: gain_loss(*tensors, SATURATION), *constants(gain, slope, target, target_slope))


def test_value_chases_an_operator_that_is_held_fixed():
    values, operator = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.5, 2.0], [2.0, 9.0]])
    output, (gradient, held) = gradients(bellman_loss, *constants(values, operator))
    assert float(output.loss) == pytest.approx((0.25 + 0 + 1 + 16) / 4, rel=1e-15)
    assert float(output.metrics["bellman_gap"]) == pytest.approx((0.5 + 0 + 1 + 4) / 4, rel=1e-15)
    np.testing.assert_allclose(gradient, 2 * (values - operator) / 4, rtol=1e-15)
    assert held is None


def test_no_loss_at_the_fixed_point():
    values = tf.constant([3.0, -1.0], tf.float64)
    assert bellman_loss(values, values).loss == 0
    assert gain_loss(values, values, values, values, SATURATION).loss == 0


def test_slopes_chase_targets_that_are_held_fixed():
    output, (gradient, held) = gradients(slope_loss, *constants(SLOPE[:3], TARGET_SLOPE[:3]))
    gaps = SLOPE[:3] - TARGET_SLOPE[:3]
    assert float(output.loss) == pytest.approx((gaps**2).mean(), rel=1e-15)
    assert float(output.metrics["slope_gap"]) == pytest.approx(np.sqrt((gaps**2).mean()), rel=1e-15)
    np.testing.assert_allclose(gradient, 2 * gaps / 3, rtol=1e-14)
    assert held is None


def test_choices_go_to_goals_that_are_held_fixed():
    output, (gradient, held) = gradients(lambda *logs: goal_loss(*logs, 0.1), *constants(SLOPE[:3], TARGET_SLOPE[:3]))
    gaps = SLOPE[:3] - TARGET_SLOPE[:3]
    assert float(output.loss) == pytest.approx((gaps**2).mean() / 0.1**2, rel=1e-14)
    assert float(output.metrics["choice_gap"]) == pytest.approx(np.sqrt((gaps**2).mean()), rel=1e-14)
    np.testing.assert_allclose(gradient, 2 * gaps / 3 / 0.1**2, rtol=1e-14)
    assert held is None


def test_gains_that_matter_are_fitted_in_level_and_slope():
    output, _ = gain_output()
    level = (0.1**2 + 0.1**2 + 0.4**2 + 0.8**2) / 6
    slope = (0.2**2 + 0.3**2 + 0.3**2) / 6
    assert float(output.metrics["gain_gap"]) == pytest.approx(level, rel=1e-14)
    assert float(output.metrics["slope_gap"]) == pytest.approx(slope, rel=1e-14)
    assert float(output.loss) == pytest.approx(level + slope, rel=1e-14)


def test_where_all_firms_adjust_only_falling_short_of_that_is_penalised():
    _, (gain, slope, *held) = gain_output()
    short = (1 - MATTERS) * np.minimum(GAIN - SATURATION, 0)
    np.testing.assert_allclose(gain, 2 * (MATTERS * (GAIN - TARGET) + short) / 6, rtol=1e-14)
    np.testing.assert_allclose(slope, 2 * MATTERS * (SLOPE - TARGET_SLOPE) / 6, rtol=1e-14)
    assert held == [None, None]


def test_saturated_targets_may_be_any_size():
    outputs = [gain_output(target=TARGET * np.where(MATTERS, 1, factor))[0].loss for factor in (1, 1e3)]
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("broken", ["gain", "slope", "target", "target_slope"])
@pytest.mark.parametrize("place", [0, 4], ids=["matters", "saturated"])
def test_what_is_not_a_number_is_not_hidden(broken, place):
    arrays = {"gain": GAIN, "slope": SLOPE, "target": TARGET, "target_slope": TARGET_SLOPE}
    arrays[broken] = np.where(np.arange(6) == place, np.nan, arrays[broken])
    assert np.isnan(gain_output(**arrays)[0].loss)


def test_choices_are_scored_by_their_scale_which_is_held_fixed():
    reached, scale = np.array([[2.0, 3.0, -1.0]]), np.array([[4.0, 2.0, 0.5]])
    output, (gradient, held) = gradients(choice_loss, *constants(reached, scale))
    assert float(output.loss) == pytest.approx(-(0.5 + 1.5 - 2.0) / 3, abs=1e-15)
    assert float(output.metrics["reached"]) == pytest.approx(-float(output.loss), abs=1e-15)
    np.testing.assert_allclose(gradient, -1 / scale / 3, rtol=1e-15)
    assert held is None


def test_descending_the_choice_loss_ends_where_the_first_order_condition_holds():
    """max of sqrt(k) - p k by k = exp(weight): the gradient is the condition times dk / dweight."""
    price = tf.constant([0.25, 0.5, 1.0], tf.float64)
    weight = tf.Variable([0.0, 0.0, 0.0], dtype=tf.float64)

    def slope():
        with tf.GradientTape() as tape:
            capital = tf.exp(weight)
            loss = choice_loss(tf.sqrt(capital) - price * capital, capital).loss
        return tape.gradient(loss, weight)

    capital = tf.exp(weight)
    condition = 0.5 / tf.sqrt(capital) - price
    np.testing.assert_allclose(slope(), -condition * capital / capital / 3, rtol=1e-14)
    for _ in range(300):
        weight.assign_sub(3 * slope())
    np.testing.assert_allclose(tf.exp(weight), 1 / (4 * price**2), rtol=1e-10)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_losses_are_scalars_in_the_precision_of_their_arguments(dtype):
    draws = [tf.random.stateless_uniform((2, 3, 4), (0, each), dtype=dtype) for each in range(4)]
    for output in (bellman_loss(*draws[:2]), gain_loss(*draws, SATURATION), choice_loss(*draws[:2])):
        for number in (output.loss, *output.metrics.values()):
            assert number.shape == ()
            assert number.dtype == dtype
