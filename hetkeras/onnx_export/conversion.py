"""One exported function as a model of ONNX, converted from the signature of the SavedModel.

Inputs keep their names. ONNX has one namespace: an output that is called like an input, as the industry after a
transition, gets `_next` behind its name.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.errors import OnnxError, first_line
from hetkeras.metadata import Function
from hetkeras.onnx_export.gradients import gradient_handlers
from hetkeras.onnx_export.library import library
from hetkeras.onnx_export.operations import handlers

OPSET = 18  # the newest that tf2onnx writes
NEXT = "_next"
INSTEAD = "load the SavedModel instead"
OPTIMIZERS = ("fold_constants", "merge_duplication", "remove_identity")  # others break transposes, and fail on Einsum
TOLD = ("model", "model_class", "calibration", "units", "bounds", "axes", "training", "versions", "measured")


def converted(name: str, function: Any, about: Function, metadata: Mapping[str, Any]) -> Any:
    """The function as an `onnx.ModelProto`, its axes named, what the SavedModel says of itself in `metadata_props`.

    Args:
      name: of the function.
      function: the signature of the SavedModel, as TensorFlow loads it.
      about: its inputs and outputs with the letters of their axes.
      metadata: of the SavedModel.

    Raises:
      OnnxError: if an operation has no counterpart in ONNX.
    """
    inputs = [tensor.name for tensor in function.inputs[: len(about["inputs"])]]  # what is captured comes after
    keys = sorted(function.structured_outputs)  # the order in which TensorFlow flattens them
    outputs = {tensor.name: output_name(key, about) for key, tensor in zip(keys, function.outputs, strict=True)}
    try:
        with _quiet():
            model = _model(name, function, inputs, outputs)
    except Exception as error:  # tf2onnx tells what it cannot do in many ways
        raise OnnxError(f"{name} cannot be converted to ONNX ({first_line(error)}); {INSTEAD}") from error
    if missing := sorted(set(_unknown(model.graph))):
        raise OnnxError(
            f"{name} cannot be converted to ONNX: opset {OPSET} cannot hold {', '.join(missing)}; {INSTEAD}"
        )
    _name_axes(model.graph.input, about["inputs"])
    _name_axes(model.graph.output, {output_name(key, about): axes for key, axes in about["outputs"].items()})
    told = {"signature": name, **{key: metadata[key] for key in TOLD}, **about, "weights": metadata["weights_sha256"]}
    library("onnx.helper").set_model_props(model, {key: _text(value) for key, value in told.items()})
    return model


def _model(name: str, function: Any, inputs: list[str], outputs: Mapping[str, str]) -> Any:
    """What tf2onnx makes of a function: inputs are called as their nodes, outputs as told."""
    frozen = library("tf2onnx.tf_loader").from_function(function, inputs, list(outputs))
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(frozen, name="")
        made = library("tf2onnx.tfonnx").process_tf_graph(
            graph,
            continue_on_error=True,
            opset=OPSET,
            custom_op_handlers={**handlers(), **gradient_handlers()},
            input_names=inputs,
            output_names=list(outputs),
            tensors_to_rename={**{each: each.partition(":")[0] for each in inputs}, **outputs},
        )
    optimizer = library("tf2onnx.optimizer")
    kept = {each: kind for each, kind in optimizer._get_optimizers().items() if each in OPTIMIZERS}
    return optimizer.optimize_graph(made, optimizers=kept).make_model(name)


def output_name(output: str, about: Function) -> str:
    """Name of an output in the file of ONNX."""
    return output + NEXT if output in about["inputs"] else output


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _unknown(graph: Any) -> Iterator[str]:
    """Operations of a graph, and of graphs within it, that ONNX does not define."""
    defined, graphs = library("onnx.defs"), library("onnx").AttributeProto.GRAPH
    for node in graph.node:
        if not defined.has(node.op_type, OPSET, node.domain):
            yield node.op_type
        for attribute in node.attribute:
            if attribute.type == graphs:
                yield from _unknown(attribute.g)


def _name_axes(values: Sequence[Any], axes: Mapping[str, Sequence[str]]) -> None:
    """Names dynamic axes by their letters."""
    for value in values:
        for dimension, letter in zip(value.type.tensor_type.shape.dim, axes[value.name], strict=True):
            if not dimension.HasField("dim_value"):
                dimension.dim_param = letter


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Lets tf2onnx say nothing: what it could not do is told by what comes out."""
    logger = logging.getLogger("tf2onnx")
    before = logger.level
    library("tf2onnx")  # sets a level when it is imported
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
