"""Operations of TensorFlow that tf2onnx lacks or converts wrongly, in operations of ONNX.

A handler replaces one node of a graph of tf2onnx. Names of operations are those of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hetkeras.onnx_export.library import library
from hetkeras.onnx_export.node_builder import NodeBuilder

Handler = Callable[[Any, Any, str, Any], None]
DOUBLE = 11  # as ONNX numbers types
MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")  # of a slice, a bit an entry
ACOS = (-0.0187293, 0.0742610, -0.2121144, 1.5707288)  # of acos(x) / sqrt(1 - x) in x


def handlers() -> dict[str, tuple[Handler, list[Any]]]:
    """Name of an operation -> its handler, as tf2onnx takes them."""
    own: dict[str, Handler] = {
        "Acos": _acos,
        "Expm1": _expm1,
        "GatherV2": _gather,
        "Log1p": _log1p,
        "LowerBound": _lower_bound,
        "StridedSlice": convert_slice,
        "UpperBound": _upper_bound,
    }
    return {name: (handler, []) for name, handler in own.items()}


def _upper_bound(graph: Any, node: Any, *_: Any) -> None:
    """How many of sorted [B, n] are at most each value [B, m]."""
    _count(NodeBuilder(graph, node), "LessOrEqual")


def _lower_bound(graph: Any, node: Any, *_: Any) -> None:
    """How many of sorted [B, n] are below each value [B, m]."""
    _count(NodeBuilder(graph, node), "Less")


def _count(builder: NodeBuilder, relation: str) -> None:
    ordered, values = builder.inputs
    flags = builder.make(
        relation,
        builder.make("Unsqueeze", ordered, builder.constant([1])),
        builder.make("Unsqueeze", values, builder.constant([2])),
    )
    whole = builder.make("Cast", flags, to=builder.dtypes[0])
    builder.finish("ReduceSum", whole, builder.constant([2]), keepdims=0)


def _expm1(graph: Any, node: Any, *_: Any) -> None:
    """e^x - 1 = tanh(x/2) (e^x + 1), which has all digits near zero."""
    builder = NodeBuilder(graph, node)
    (x,) = builder.inputs
    half = builder.make("Tanh", builder.make("Mul", x, builder.constant(0.5, x)))
    builder.finish("Mul", half, builder.make("Add", builder.make("Exp", x), builder.constant(1.0, x)))


def _log1p(graph: Any, node: Any, *_: Any) -> None:
    """log(1 + x) = log(u) x / (u - 1) with u = 1 + x as it is rounded, and x where u is 1 (Kahan)."""
    builder = NodeBuilder(graph, node)
    (x,) = builder.inputs
    one = builder.constant(1.0, x)
    above = builder.make("Add", x, one)
    same = builder.make("Equal", above, one)
    over = builder.make("Where", same, one, builder.make("Sub", above, one))
    builder.finish("Where", same, x, builder.make("Mul", builder.make("Log", above), builder.make("Div", x, over)))


def convert_slice(graph: Any, node: Any, *_: Any) -> None:
    """As tf2onnx does it, which miscounts an ellipsis that stands for no axis: it is left out."""
    masks = {name: node.get_attr_value(name, 0) for name in MASKS}
    place, rank = masks["ellipsis_mask"].bit_length() - 1, graph.get_rank(node.input[0])
    if place >= 0 and all(each.is_const() for each in node.inputs[1:]):
        bounds = [each.get_tensor_value(as_list=False) for each in node.inputs[1:]]
        if rank == len(bounds[0]) - 1 - (masks["new_axis_mask"] & ~masks["ellipsis_mask"]).bit_count():
            for number, values in enumerate(bounds, 1):
                name = library("tf2onnx.utils").make_name("bounds")
                kept = graph.make_const(name, np.delete(values, place)).output[0]
                graph.replace_input(node, node.input[number], kept, number)
            for name, mask in masks.items():
                node.set_attr(name, (mask & (1 << place) - 1) | mask >> place + 1 << place)
    library("tf2onnx.onnx_opset.tensor").StridedSlice.version_13(graph, node)


def _gather(graph: Any, node: Any, *_: Any) -> None:
    """As tf2onnx does it, which where leading axes go together forgets what comes out, and cannot count from behind."""
    axis = int(node.inputs[2].get_tensor_value())
    if axis < 0:
        name = library("tf2onnx.utils").make_name("axis")
        place = graph.make_const(name, np.array(axis + graph.get_rank(node.input[0]), np.int32))
        graph.replace_input(node, node.input[2], place.output[0], 2)
    output, shape, dtype = node.output[0], graph.get_shape(node.output[0]), graph.get_dtype(node.output[0])
    library("tf2onnx.onnx_opset.tensor").GatherV2.version_12(graph, node)
    for after in graph.find_output_consumers(output):
        if after.type == "Transpose" and graph.get_dtype(after.output[0]) is None:
            graph.set_shape(after.output[0], shape)
            graph.set_dtype(after.output[0], dtype)


def _acos(graph: Any, node: Any, *_: Any) -> None:
    """The angle; onnxruntime has none in double precision: a polynomial (Abramowitz and Stegun 4.4.45), then Newton."""
    double = graph.get_dtype(node.input[0]) == DOUBLE
    builder = NodeBuilder(graph, node)
    (x,) = builder.inputs
    if not double:
        builder.finish("Acos", x)
        return
    size, one = builder.make("Abs", x), builder.constant(1.0, x)
    curve = builder.constant(ACOS[0], x)
    for factor in ACOS[1:]:
        curve = builder.make("Add", builder.make("Mul", curve, size), builder.constant(factor, x))
    angle = builder.make("Mul", curve, builder.make("Sqrt", builder.make("Sub", one, size)))
    for _step in range(2):
        slope, gap = builder.make("Sin", angle), builder.make("Sub", builder.make("Cos", angle), size)
        end = builder.make("Equal", gap, builder.constant(0.0, x))  # where the slope may be nil, too
        angle = builder.make("Add", angle, builder.make("Div", gap, builder.make("Where", end, one, slope)))
    other = builder.make("Sub", builder.constant(np.pi, x), angle)
    builder.finish("Where", builder.make("Less", x, builder.constant(0.0, x)), other, angle)
