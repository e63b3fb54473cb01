"""Exported functions are as the metadata say, and what they lack is named."""

import types
from pathlib import Path

import pytest
import tensorflow as tf

from hetkeras.errors import SavedModelError
from hetkeras.exported_functions import bound

TOLD = {"policy": {"inputs": {"capital": ["B"], "which": ["B"]}, "outputs": {"investment": ["B"]}, "dtype": "float32"}}


def function(inputs, outputs):
    def call(**given):
        return dict.fromkeys(outputs, given["capital"])

    call.structured_input_signature = (), inputs
    call.structured_outputs = outputs
    return call


VECTOR, INDEX = tf.TensorSpec([None], tf.float32), tf.TensorSpec([None], tf.int32)
INPUTS = {"capital": VECTOR, "which": INDEX}
DESCRIBE = function({}, {"json": tf.TensorSpec([], tf.string)})


def loaded(inputs=INPUTS, outputs=None, **others):
    policy = function(inputs, outputs or {"investment": VECTOR})
    return types.SimpleNamespace(signatures={"policy": policy, "describe": DESCRIBE, **others})


def test_functions_run_and_name_what_is_not_there():
    functions = bound(Path("m"), loaded(), TOLD)
    outputs = functions["policy"](capital=tf.ones(2), which=tf.constant([0, 1]))
    assert outputs["investment"].numpy().tolist() == [1.0, 1.0]
    with pytest.raises(
        SavedModelError, match=r"has no 'value' among what a function returns \(investment\), as those of"
    ):
        outputs["value"]
    with pytest.raises(SavedModelError, match=r"has no 'value' among its functions \(policy, describe\)"):
        functions["value"]
    with pytest.raises(SavedModelError, match="'policy' takes capital, which; got capital"):
        functions["policy"](capital=tf.ones(2))


def test_functions_print_as_what_they_take_and_give():
    functions = bound(Path("m"), loaded(), TOLD)
    assert repr(functions["policy"]) == "policy(capital [B], which [B]) -> investment [B]"
    assert repr(functions["describe"]) == "describe() -> json"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (loaded(value=DESCRIBE), "functions policy there, describe, policy, value here"),
        (loaded({"capital": VECTOR}), "inputs of policy are capital, which there, capital here"),
        (loaded(outputs={"value": VECTOR}), "outputs of policy are investment there, value here"),
        (loaded({**INPUTS, "capital": tf.TensorSpec([None, None])}), "inputs of policy: capital has 1 axes there, 2"),
        (
            loaded({**INPUTS, "capital": tf.TensorSpec([None], tf.float64)}),
            "inputs of policy are float32 there, float64 here",
        ),
        (types.SimpleNamespace(signatures={"describe": DESCRIBE}), "functions policy there, describe here"),
    ],
)
def test_contradictions_of_graph_and_metadata_are_named(other, told):
    with pytest.raises(SavedModelError, match=f"^m: metadata and graph contradict each other: {told}"):
        bound(Path("m"), other, TOLD)
