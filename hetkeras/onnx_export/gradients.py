"""Operations of TensorFlow in gradients, and of shapes that are repeated to each other, in operations of ONNX.

Functions may tell derivatives, as the gradient of a value or the slope of a payoff. A handler replaces one node of a
graph of tf2onnx. Names of operations are those of TensorFlow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hetkeras.onnx_export.node_builder import NodeBuilder
from hetkeras.onnx_export.operations import MASKS, Handler, convert_slice

INTEGER = 7  # int64, as ONNX numbers types


def gradient_handlers() -> dict[str, tuple[Handler, list[Any]]]:
    """Name of an operation -> its handler, as tf2onnx takes them."""
    own: dict[str, Handler] = {
        "BroadcastArgs": _common_shape,
        "BroadcastGradientArgs": _reduced_axes,
        "ConcatOffset": _offsets,
        "DynamicStitch": _stitched,
        "ReluGrad": _relu_gradient,
        "ShapeN": _shapes,
        "StridedSliceGrad": _slice_gradient,
        "TanhGrad": _tanh_gradient,
    }
    return {name: (handler, []) for name, handler in own.items()}


def _relu_gradient(graph: Any, node: Any, *_: Any) -> None:
    builder = NodeBuilder(graph, node)
    gradient, x = builder.inputs
    zero = builder.constant(0.0, x)
    builder.finish("Where", builder.make("Greater", x, zero), gradient, zero)


def _tanh_gradient(graph: Any, node: Any, *_: Any) -> None:
    builder = NodeBuilder(graph, node)
    y, gradient = builder.inputs
    slope = builder.make("Sub", builder.constant(1.0, y), builder.make("Mul", y, y))
    builder.finish("Mul", gradient, slope)


def _shapes(graph: Any, node: Any, *_: Any) -> None:
    """The shape of each of some tensors."""
    builder = NodeBuilder(graph, node)
    for place, tensor in enumerate(builder.inputs):
        builder.finish("Cast", builder.make("Shape", tensor), output=place, to=builder.dtypes[place])


def _offsets(graph: Any, node: Any, *_: Any) -> None:
    """Where each of some tensors of given shapes begins, once they are joined along an axis."""
    rank = graph.get_shape(node.input[1])[0]
    axis = int(node.inputs[0].get_tensor_value()) % rank
    builder = NodeBuilder(graph, node)
    along, before = builder.constant(np.arange(rank) == axis), builder.constant([0])
    for place, shape in enumerate(builder.inputs[1:]):
        builder.finish("Cast", builder.make("Mul", before, along), output=place, to=builder.dtypes[place])
        length = builder.make("Gather", builder.make("Cast", shape, to=INTEGER), builder.constant([axis]))
        before = builder.make("Add", before, length)


def _stitched(graph: Any, node: Any, *_: Any) -> None:
    """Numbers in the places that go with them; of several for one place, the last."""
    ranks = [graph.get_rank(name) for name in node.input]
    count = len(ranks) // 2
    if ranks[:count] != ranks[count:]:
        return  # whole rows in places: left, and named as what cannot be converted
    builder = NodeBuilder(graph, node)
    flat, zero = builder.constant([-1]), builder.constant([0], builder.inputs[-1])
    pieces = [builder.make("Reshape", each, flat) for each in builder.inputs]
    places = [builder.make("Cast", each, to=INTEGER) for each in pieces[:count]]
    last = builder.make("ReduceMax", builder.make("Concat", *places, axis=0), keepdims=1)
    found = builder.make("Expand", zero, builder.make("Add", last, builder.constant([1])))
    for place, numbers in zip(places, pieces[count:], strict=True):
        found = builder.make("ScatterElements", found, place, numbers, axis=0)
    builder.finish("Identity", found)


def _slice_gradient(graph: Any, node: Any, *_: Any) -> None:
    """A gradient in the places that a slice takes, zeros elsewhere: numbers of places are sliced alike."""
    masks = {name: node.get_attr_value(name, 0) for name in MASKS}
    rank = graph.get_shape(node.input[0])[0]
    builder = NodeBuilder(graph, node)
    shape, *bounds, gradient = builder.inputs
    shape, flat = builder.make("Cast", shape, to=INTEGER), builder.constant([-1])
    size = builder.make("ReduceProd", shape, keepdims=1)
    one = builder.make("Squeeze", size)
    numbers = builder.make("Range", builder.constant(0), one, builder.constant(1))
    numbers = builder.make("Reshape", numbers, shape)
    graph.set_shape(numbers, [-1] * rank)
    cut = graph.make_node("StridedSlice", [numbers, *bounds], attr=masks, shapes=[None], dtypes=[INTEGER])
    places = cut.output[0]
    convert_slice(graph, cut)
    zeros = builder.make("Expand", builder.constant([0.0], gradient), size)
    parts = builder.make("Reshape", places, flat), builder.make("Reshape", gradient, flat)
    builder.finish("Reshape", builder.make("ScatterElements", zeros, *parts, axis=0), shape)


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


def _padded_shapes(graph: Any, node: Any) -> tuple[NodeBuilder, list[str]]:
    """Two shapes, the inputs of a node, with as many axes as the longer one has."""
    ranks = [graph.get_shape(name)[0] for name in node.input]
    builder = NodeBuilder(graph, node)
    padded = []
    for shape, rank in zip(builder.inputs, ranks, strict=True):
        ones = builder.constant([1] * (max(ranks) - rank))
        padded.append(builder.make("Concat", ones, builder.make("Cast", shape, to=INTEGER), axis=0))
    return builder, padded
