"""Operations that tf2onnx lacks or converts wrongly say in onnxruntime what they say in TensorFlow."""

import numpy as np
import onnx
import pytest
import tensorflow as tf

from hetkeras.errors import OnnxError
from hetkeras.onnx_export import conversion
from hetkeras.onnx_export.conversion import TOLD, converted
from hetkeras.onnx_export.onnx_function import OnnxFunction

METADATA = {**{key: {} for key in TOLD}, "model": "Planted", "weights_sha256": "0"}
ENDS = [-1.0, -1 + 1e-12, -0.5, 0.0, 1e-9, 0.3, 1 - 1e-6, 1.0]
WIDE = [-40.0, -1.0, -1e-5, 0.0, 3e-8, 1e-3, 2.0, 30.0]
NODES = tf.constant([[0.0, 1.0, 1.0, 2.5]], tf.float64)


def run(function, folder, **inputs):
    """What comes out in TensorFlow and in onnxruntime."""
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    specs = {name: tf.TensorSpec([None] * len(each.shape), each.dtype, name) for name, each in tensors.items()}
    named = tf.function(lambda **given: {"y": function(**given)}).get_concrete_function(**specs)
    letters = {name: [*"BNK"[: len(each.shape)]] for name, each in tensors.items()}
    about = {"inputs": letters, "outputs": {"y": [*"BNK"[: named.structured_outputs["y"].shape.rank]]}, "dtype": ""}
    module = tf.Module()
    tf.saved_model.save(module, str(folder / "saved"), signatures=named)
    (signature,) = (loaded := tf.saved_model.load(str(folder / "saved"))).signatures.values()
    file = folder / "planted.onnx"
    onnx.save(converted("planted", signature, about, METADATA), str(file))
    del loaded
    return named(**tensors)["y"].numpy(), OnnxFunction(file, about)(**inputs)["y"].numpy()


def slope(x):
    """Has BroadcastGradientArgs: a scalar is repeated along the rows."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x, keepdims=True) * x**2
    return tape.gradient(y, x)


def slopes(x):
    """Has gradients of a slice, of joined rows and of kinks."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.concat([tf.tanh(x)[1:], tf.nn.relu(x), x[..., :1]], 0) ** 2
    return tape.gradient(y, x)


@pytest.mark.parametrize(
    ("function", "x", "limit"),
    [
        (tf.math.acos, np.array(ENDS), 1e-10),
        (tf.math.acos, np.array(ENDS, np.float32), 1e-6),
        (tf.math.expm1, np.array(WIDE), 1e-15),
        (tf.math.log1p, np.array(WIDE[2:]), 1e-15),
        (lambda x: tf.searchsorted(NODES, x[None], side="right")[0], np.array([-1, 0.0, 1.0, 2.0, 2.5, 3.0]), 0),
        (lambda x: tf.searchsorted(NODES, x[None])[0], np.array([-1, 0.0, 1.0, 2.0, 2.5, 3.0]), 0),
        (slope, np.array([0.5, 2.0, 3.0]), 1e-15),
        (
            lambda x: tf.broadcast_to(x, tf.broadcast_dynamic_shape(tf.shape(x), [2, 1]))[1],
            np.array([0.5, 2.0, 3.0]),
            0,
        ),
        (lambda x: (x[:, ..., None] * x)[..., 1], np.array([0.5, 2.0, 3.0]), 0),
        (slopes, np.array([0.5, -2.0, 3.0]), 1e-14),
    ],
    ids=["acos", "acos single", "expm1", "log1p", "above", "below", "slope", "shape", "ellipsis", "slopes"],
)
def test_an_operation_says_the_same(tmp_path, function, x, limit):
    expected, found = run(function, tmp_path, x=x)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, limit, limit * 1e-3)


def test_rows_are_gathered_along_the_last_axis(tmp_path):
    x = np.arange(12.0, dtype=np.float32).reshape(2, 2, 3)
    which = np.array([2, 0], np.int32)

    def gathered(x, which):
        return tf.gather(x, which, axis=-1, batch_dims=1)[:, None, :]

    expected, found = run(gathered, tmp_path, x=x, which=which)
    np.testing.assert_array_equal(found, expected)


def test_an_operation_without_counterpart_is_named(tmp_path):
    with pytest.raises(OnnxError, match="planted cannot be converted to ONNX: opset 18 cannot hold MatrixInverse"):
        run(lambda x: tf.linalg.inv(x), tmp_path, x=np.eye(2, dtype=np.float32)[None])


def test_what_tf2onnx_cannot_do_is_told(tmp_path, monkeypatch):
    def fail(*_):
        raise ValueError("make_sure failure: requires the shape\nand more")

    monkeypatch.setattr(conversion, "_model", fail)
    with pytest.raises(
        OnnxError, match=r"planted cannot be converted to ONNX \(make_sure failure: requires the shape\)"
    ):
        run(lambda x: 2 * x, tmp_path, x=np.ones(2))


def test_what_onnxruntime_cannot_run_is_told(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    about = {"inputs": {}, "outputs": {}, "dtype": ""}
    with pytest.raises(OnnxError, match=r"broken\.onnx cannot be run by onnxruntime"):
        OnnxFunction(tmp_path / "broken.onnx", about)
