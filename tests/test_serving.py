"""An export serves wherever TensorFlow reads SavedModels: by the names that servers, tools and Keras look for."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.tools import saved_model_cli

from hetkeras import saved_model
from tools.faults.tiny_solve import Tiny, TinySolver

X = np.array([-0.5, 0.0, 2.0], np.float32)


@pytest.fixture(scope="module")
def solver():
    solver = TinySolver(Tiny())
    solver.train(tf.constant(3))
    return solver


@pytest.fixture(scope="module")
def path(solver, tmp_path_factory):
    path = tmp_path_factory.mktemp("serving") / "model"
    saved_model.export(solver.solution(), path)
    return path


@pytest.fixture(scope="module")
def expected(path):
    return saved_model.load(path).signatures["policy"](x=X)["y"].numpy()


def test_serving_default_is_the_policy(path, expected):
    loaded = tf.saved_model.load(str(path))
    np.testing.assert_array_equal(loaded.signatures["serving_default"](x=tf.constant(X))["y"], expected)
    assert [*saved_model.load(path).signatures] == ["policy", "describe"]  # the alias is for others


def test_keras_has_a_layer_of_it(path, expected):
    layer = keras.layers.TFSMLayer(str(path))
    np.testing.assert_array_equal(layer({"x": tf.constant(X)})["y"], expected)


def test_a_session_of_tensorflow_1_runs_it(path, expected):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(path))
        policy, describe = (loaded.signature_def[name] for name in ("policy", "describe"))
        found = session.run(policy.outputs["y"].name, {policy.inputs["x"].name: X})
        told = session.run(describe.outputs["json"].name)
    np.testing.assert_array_equal(found, expected)
    assert json.loads(told)["model"] == "Tiny"


def test_the_command_of_tensorflow_runs_it(path, expected, tmp_path):
    inputs = saved_model_cli.load_inputs_from_input_arg_string("", f"x={[*map(float, X)]}", "")
    arguments = (str(path), "serve", "serving_default", inputs, str(tmp_path), False)
    saved_model_cli.run_saved_model_with_feed_dict(*arguments)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), expected)
