"""Nodes of ONNX in the place of one node of TensorFlow, in a graph of tf2onnx."""

from __future__ import annotations

from typing import Any

import numpy as np

from hetkeras.onnx_export.library import library


class NodeBuilder:
    """Makes nodes; the node of TensorFlow is gone with that, and the last one made takes its place.

    Args:
      graph: of tf2onnx.
      node: of TensorFlow.
    """

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
