"""Operations of TensorFlow that tf2onnx lacks or converts wrongly, in operations of ONNX.

A handler replaces one node of a graph of tf2onnx. Names of operations are those of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hetkeras.onnx_export.library import library

Handler = Callable[[Any, Any, str, Any], None]
INTEGER, DOUBLE = 7, 11  # int64 and double, as ONNX numbers types
MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")  # of a slice, a bit an entry
ACOS = (-0.0187293, 0.0742610, -0.2121144, 1.5707288)  # of acos(x) / sqrt(1 - x) in x


def handlers() -> dict[str, tuple[Handler, list[Any]]]:
    """Name of an operation -> its handler, as tf2onnx takes them."""
    own: dict[str, Handler] = {
        "Acos": _acos,
        "BroadcastArgs": _common_shape,
        "BroadcastGradientArgs": _reduced_axes,
        "Expm1": _expm1,
        "GatherV2": _gather,
        "Log1p": _log1p,
        "LowerBound": _lower_bound,
        "StridedSlice": _slice,
        "UpperBound": _upper_bound,
    }
    return {name: (handler, []) for name, handler in own.items()}


class _Builder:
    """Nodes of one graph in the place of one node of TensorFlow."""

    def __init__(self, graph: Any, node: Any) -> None:
        self.graph, self.node = graph, node
        self.inputs, self.outputs = list(node.input), list(node.output)
        self.shapes, self.dtypes = node.output_shapes, node.output_dtypes
        graph.remove_node(node.name)

    def make(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.graph.make_node(kind, list(inputs), attr=attributes).output[0]

    def constant(self, value: Any, like: str | None = None) -> str:
        """A constant of int64, or of the type of a tensor."""
        dtype = np.int64
        if like is not None:
            dtype = library("tf2onnx.utils").map_onnx_to_numpy_type(self.graph.get_dtype(like))
        name = library("tf2onnx.utils").make_name("constant")
        return self.graph.make_const(name, np.array(value, dtype)).output[0]

    def finish(self, kind: str, *inputs: str, output: int = 0, **attributes: Any) -> None:
        """The node whose output takes the place of that of TensorFlow."""
        shapes, dtypes = [self.shapes[output]], [self.dtypes[output]]
        place = [self.outputs[output]]
        self.graph.make_node(kind, list(inputs), attr=attributes, outputs=place, shapes=shapes, dtypes=dtypes)


def _upper_bound(graph: Any, node: Any, *_: Any) -> None:
    """How many of sorted [B, n] are at most each value [B, m]."""
    _count(_Builder(graph, node), "LessOrEqual")


def _lower_bound(graph: Any, node: Any, *_: Any) -> None:
    """How many of sorted [B, n] are below each value [B, m]."""
    _count(_Builder(graph, node), "Less")


def _count(builder: _Builder, relation: str) -> None:
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
    builder = _Builder(graph, node)
    (x,) = builder.inputs
    half = builder.make("Tanh", builder.make("Mul", x, builder.constant(0.5, x)))
    builder.finish("Mul", half, builder.make("Add", builder.make("Exp", x), builder.constant(1.0, x)))


def _log1p(graph: Any, node: Any, *_: Any) -> None:
    """log(1 + x) = log(u) x / (u - 1) with u = 1 + x as it is rounded, and x where u is 1 (Kahan)."""
    builder = _Builder(graph, node)
    (x,) = builder.inputs
    one = builder.constant(1.0, x)
    above = builder.make("Add", x, one)
    same = builder.make("Equal", above, one)
    over = builder.make("Where", same, one, builder.make("Sub", above, one))
    builder.finish("Where", same, x, builder.make("Mul", builder.make("Log", above), builder.make("Div", x, over)))


def _reduced_axes(graph: Any, node: Any, *_: Any) -> None:
    """Axes of two shapes along which the one is repeated to fit the other."""
    builder, padded = _padded_shapes(graph, node)
    single = [builder.make("Equal", shape, builder.constant([1])) for shape in padded]
    for place in range(2):
        repeated = builder.make("And", single[place], builder.make("Not", single[1 - place]))
        axes = builder.make("Reshape", builder.make("NonZero", repeated), builder.constant([-1]))
        builder.finish("Cast", axes, output=place, to=builder.dtypes[place])


def _common_shape(graph: Any, node: Any, *_: Any) -> None:
    """The shape to which two shapes are repeated."""
    builder, (first, second) = _padded_shapes(graph, node)
    single = builder.make("Equal", first, builder.constant([1]))
    builder.finish("Cast", builder.make("Where", single, second, first), to=builder.dtypes[0])


def _padded_shapes(graph: Any, node: Any) -> tuple[_Builder, list[str]]:
    """Two shapes, the inputs of a node, with as many axes as the longer one has."""
    ranks = [graph.get_shape(name)[0] for name in node.input]
    builder = _Builder(graph, node)
    padded = []
    for shape, rank in zip(builder.inputs, ranks, strict=True):
        ones = builder.constant([1] * (max(ranks) - rank))
        padded.append(builder.make("Concat", ones, builder.make("Cast", shape, to=INTEGER), axis=0))
    return builder, padded


def _slice(graph: Any, node: Any, *_: Any) -> None:
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
    builder = _Builder(graph, node)
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
