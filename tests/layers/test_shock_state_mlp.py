"""Value tables: one network, one output for each shock state, and the slope along a direction beside it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.shock_state_mlp import ShockStateMLP
from tests.layers.harness import check_layer

CENTRE, SCALE = (0.4, -1.0), (0.6, 0.1)
ONWARD = tf.constant([1.0, 0.0], tf.float64)  # along the first input


def make_table(states=(3, 2), hidden=(7, 5), dtype="float64", **kwargs):
    keras.utils.set_random_seed(5)
    table = ShockStateMLP(states, hidden, CENTRE, SCALE, dtype=dtype, **kwargs)
    table.build((None, 2))
    rng = np.random.default_rng(6)
    for layer in table.stack:
        layer.bias.assign(rng.normal(size=layer.bias.shape))
    return table


def states(*shape):
    draws = np.random.default_rng(7).normal(size=(*shape, 2))
    return tf.constant(np.array(CENTRE) + np.array(SCALE) * draws)


def by_hand(table, inputs):
    nodes = (np.asarray(inputs) - CENTRE) / SCALE
    *hidden, last = [[weight.numpy() for weight in layer.weights] for layer in table.stack]
    for kernel, bias in hidden:
        nodes = np.tanh(nodes @ kernel + bias)
    outputs = nodes @ last[0] + last[1]
    return outputs.reshape(*outputs.shape[:-1], *table.states)


@pytest.mark.parametrize(("shape", "hidden"), [((5, 4), (6, 5)), ((3,), (4,)), ((2, 3, 2), ())])
def test_contract(shape, hidden):
    check_layer(lambda **kwargs: ShockStateMLP(shape, hidden, CENTRE, SCALE, 0.5, **kwargs), ("B", "N", 2))


def test_the_last_layer_turns_nodes_into_the_table():
    table, inputs = make_table(), states(2, 3)
    kernel, bias = table.last_layer()
    np.testing.assert_allclose(np.tensordot(table.nodes(inputs), kernel, 1) + bias, table(inputs), rtol=1e-13)
    nodes, slopes = table.nodes_with_slope(inputs, ONWARD)
    np.testing.assert_array_equal(nodes, table.nodes(inputs))
    np.testing.assert_allclose(np.tensordot(slopes, kernel, 1), table.with_slope(inputs, ONWARD)[1], rtol=1e-13)


def test_contract_with_one_input():
    check_layer(lambda **kwargs: ShockStateMLP((2, 2), (6,), (0.4,), (0.1,), **kwargs), ("B", 1))


@pytest.mark.parametrize("hidden", [(), (7,), (7, 5)])
@pytest.mark.parametrize("leading", [(1,), (4,), (2, 3)])
def test_a_tanh_network_of_scaled_inputs_filled_in_row_by_row(hidden, leading):
    table, inputs = make_table(hidden=hidden), states(*leading)
    found = table(inputs)
    assert found.shape == (*leading, 3, 2)
    np.testing.assert_allclose(found, by_hand(table, inputs), rtol=0, atol=1e-14)


def test_the_centre_gives_what_the_biases_give():
    table = make_table(hidden=())
    np.testing.assert_allclose(table(tf.constant([CENTRE])), table.stack[0].bias.numpy().reshape(1, 3, 2), atol=1e-15)


@pytest.mark.parametrize("hidden", [(), (7,), (7, 5)])
@pytest.mark.parametrize("leading", [(4,), (2, 3)])
def test_slope_is_the_derivative_in_a_direction_of_each_row(hidden, leading):
    table, inputs = make_table(hidden=hidden), states(*leading)
    direction = tf.constant(np.random.default_rng(8).normal(size=inputs.shape))
    with tf.autodiff.ForwardAccumulator(inputs, direction) as forward:
        expected = table(inputs)
    values, slopes = table.with_slope(inputs, direction)
    assert slopes.shape == (*leading, 3, 2)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_allclose(slopes, forward.jvp(expected), rtol=0, atol=1e-13)


def test_slope_agrees_with_differences():
    table, inputs, step = make_table(), states(6), np.array([1e-5, 0.0])
    differences = (by_hand(table, inputs + step) - by_hand(table, inputs - step)) / 2e-5
    np.testing.assert_allclose(table.with_slope(inputs, ONWARD)[1], differences, rtol=1e-7, atol=1e-8)


def test_the_slope_trains_every_weight_but_the_last_bias():
    table, inputs = make_table(), states(6)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(table.with_slope(inputs, ONWARD)[1]))
    weights = [variable.value for variable in table.trainable_variables]
    *gradients, last = tape.gradient(loss, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert all(np.abs(gradient).max() > 1e-6 for gradient in gradients)
    np.testing.assert_array_equal(last, 0)


def test_values_and_slopes_keep_single_precision():
    table = make_table(dtype="float32")
    for found in (table(states(4)), *table.with_slope(states(4), ONWARD)):
        assert found.dtype == tf.float32


@pytest.mark.parametrize("compiled", [False, True])
def test_traced_slopes_agree_with_eager(compiled):
    table, inputs = make_table(), states(4)
    traced = tf.function(table.with_slope, jit_compile=compiled)(inputs, ONWARD)
    for found, expected in zip(traced, table.with_slope(inputs, ONWARD), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_last_scale_scales_the_last_kernel_alone():
    kernels = []
    for last_scale in (1.0, 0.1):
        keras.utils.set_random_seed(5)
        table = ShockStateMLP((4, 5), (40, 30), CENTRE, SCALE, last_scale, dtype="float64")
        table.build((None, 2))
        kernels.append([layer.kernel.numpy() for layer in table.stack])
    np.testing.assert_array_equal(kernels[0][0], kernels[1][0])
    np.testing.assert_array_equal(kernels[0][1], kernels[1][1])
    limits = [np.sqrt(3) * scale / np.sqrt((30 + 20) / 2) for scale in (1.0, 0.1)]
    for limit, kernel in zip(limits, (each[-1] for each in kernels), strict=True):
        assert 0.98 * limit < np.abs(kernel).max() < limit


def test_shape_is_known_without_calling():
    assert ShockStateMLP((5, 4), (6,), CENTRE, SCALE).compute_output_shape((None, 7, 2)) == (None, 7, 5, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((5, 0), (6,), CENTRE, SCALE), r"states=\(5, 0\).*expected sizes of 1 or more"),
        (((5, 4), (6, 0), CENTRE, SCALE), r"hidden=\(6, 0\).*expected sizes of 1 or more"),
        (((5, 4), (6,), (0.4,), SCALE), r"centre=\(0\.4,\), scale=\(0\.6, 0\.1\).*positive scale for each input"),
        (((5, 4), (6,), CENTRE, (0.6, 0.1, 1.0)), r"scale=\(0\.6, 0\.1, 1\.0\).*positive scale for each input"),
        (((5, 4), (6,), CENTRE, (0.6, 0.0)), r"scale=\(0\.6, 0\.0\); expected .* a positive scale"),
        (((5, 4), (6,), CENTRE, (-0.6, 0.1)), r"scale=\(-0\.6, 0\.1\); expected .* a positive scale"),
    ],
)
def test_constructor_refuses(arguments, message):
    with pytest.raises(ShapeError, match=message):
        ShockStateMLP(*arguments)


@pytest.mark.parametrize("width", [1, 3])
def test_inputs_of_the_wrong_width_are_refused_when_built(width):
    message = rf"ShockStateMLP got inputs of shape \(4, {width}\); expected 2 on the last axis"
    with pytest.raises(ShapeError, match=message):
        ShockStateMLP((5, 4), (6,), CENTRE, SCALE)(tf.zeros((4, width)))


@pytest.mark.parametrize("width", [1, 3])
def test_inputs_of_the_wrong_width_are_refused_after_building_too(width):
    table, inputs = make_table(), tf.zeros((4, width), tf.float64)
    with pytest.raises((ShapeError, ValueError), match="2"):
        table(inputs)
    with pytest.raises(ShapeError, match="expected 2 on the last axis"):
        table.with_slope(inputs, tf.ones_like(inputs))


@pytest.mark.parametrize("scale", [(0.6, float("nan")), (float("nan"), 0.1)])
def test_a_scale_that_is_no_number_is_refused(scale):
    with pytest.raises(ShapeError, match="positive scale"):
        ShockStateMLP((5, 4), (6,), CENTRE, scale)


def test_a_table_without_inputs_is_refused_by_name():
    with pytest.raises(ShapeError, match="ShockStateMLP got"):
        ShockStateMLP((5, 4), (6,), (), ())
