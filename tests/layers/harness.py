"""The contract of every Keras layer of the package, checked by one call."""

import inspect
import json
import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf

FIRST, SECOND = {"B": 3, "K": 5, "N": 5}, {"B": 2, "K": 1, "N": 8}
ROUNDING = {"float32": 2e-6, "float64": 4e-15}


def check_layer(make, *axes):
    """Checks a layer in both precisions.

    make: dtype keyword -> layer. axes: of each input, letters for the axes that may have any length (B batch,
    K and N agents), numbers for the others, for example ("B", "N", 2).
    """
    for dtype in ("float32", "float64"):
        layer = make(dtype=dtype)
        inputs = _examples(axes, FIRST, dtype)
        expected = layer(*inputs)
        _check_precision(layer, expected, dtype)
        _check_shapes(layer, axes, dtype)
        _check_ways_to_run(layer, axes, dtype)
        _check_gradient(layer, inputs)
        _randomise(layer)
        _check_config(layer, inputs)
        _check_file(layer, axes, inputs)


def _examples(axes, sizes, dtype):
    rng = np.random.default_rng(3)
    shapes = [[sizes.get(axis, axis) for axis in shape] for shape in axes]
    return [tf.constant(rng.normal(0.5, 1.0, shape), dtype) for shape in shapes]


def _symbolic(axes):
    return [[axis if isinstance(axis, int) else None for axis in shape] for shape in axes]


def _randomise(layer):
    """Gives all weights, moments included, values that no initialiser gives."""
    rng = np.random.default_rng(4)
    layer.set_weights([rng.uniform(0.3, 1.3, weight.shape) for weight in layer.weights])


def _check_precision(layer, output, dtype):
    assert layer.built
    assert output.dtype == dtype
    assert {keras.backend.standardize_dtype(weight.dtype) for weight in layer.weights} <= {dtype}


def _check_shapes(layer, axes, dtype):
    """The declared shape, with axes of unknown length, agrees with what comes out for two lengths of them."""
    declared = layer.compute_output_spec(*(keras.KerasTensor(shape, dtype) for shape in _symbolic(axes)))
    assert declared.dtype == dtype
    for sizes in (FIRST, SECOND):
        inputs = _examples(axes, sizes, dtype)
        found = tuple(layer(*inputs).shape)
        assert len(found) == len(declared.shape)
        assert all(want in (None, got) for want, got in zip(declared.shape, found, strict=True))
        exact = layer.compute_output_spec(*(keras.KerasTensor(each.shape, dtype) for each in inputs))
        assert tuple(exact.shape) == found


def _check_ways_to_run(layer, axes, dtype):
    """One trace serves every length; graph and XLA agree with eager up to rounding."""
    signature = [tf.TensorSpec(shape, dtype) for shape in _symbolic(axes)]
    traced = tf.function(lambda *inputs: layer(*inputs), input_signature=signature)
    for sizes in (FIRST, SECOND):
        inputs = _examples(axes, sizes, dtype)
        _assert_close(traced(*inputs), layer(*inputs), dtype)
    compiled = tf.function(lambda *inputs: layer(*inputs), jit_compile=True)
    _assert_close(compiled(*inputs), layer(*inputs), dtype)


def _assert_close(found, expected, dtype):
    np.testing.assert_allclose(found, expected, rtol=ROUNDING[dtype], atol=ROUNDING[dtype])


def _check_gradient(layer, inputs):
    """Every trained weight and every input that matters has a finite gradient; moments are not trained."""
    variables = [variable.value for variable in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        loss = tf.reduce_sum(tf.square(layer(*inputs)))
    weights, states = tape.gradient(loss, (variables, inputs))
    assert all(gradient is not None for gradient in weights)
    assert states[-1] is not None
    for gradient in (*weights, *states):
        assert gradient is None or np.all(np.isfinite(gradient))
    assert not any(variable.name in ("mean", "deviation") for variable in layer.trainable_variables)


def _check_config(layer, inputs):
    config = layer.get_config()
    arguments = set(inspect.signature(type(layer).__init__).parameters) - {"self", "args", "kwargs"}
    assert arguments <= config.keys()
    text = json.dumps(config, sort_keys=True)
    twin = type(layer).from_config(config)
    assert json.dumps(config, sort_keys=True) == text, "from_config changed its argument"
    twin(*inputs)
    twin.set_weights(layer.get_weights())
    assert _own(twin.get_config()) == _own(config)
    np.testing.assert_array_equal(twin(*inputs), layer(*inputs))


def _own(config):
    """A config as it goes through JSON, without the shapes that a part happened to be built with."""
    if isinstance(config, dict):
        return {key: _own(value) for key, value in config.items() if key != "build_config"}
    return [_own(value) for value in config] if isinstance(config, (list, tuple)) else config


def _check_file(layer, axes, inputs):
    model = layer
    if not isinstance(layer, keras.Model):
        symbols = [keras.Input(batch_shape=shape, dtype=layer.dtype) for shape in _symbolic(axes)]
        model = keras.Model(symbols, layer(*symbols))
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "layer.keras"
        model.save(path)
        loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(loaded(*inputs), layer(*inputs))
