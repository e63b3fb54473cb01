"""What a written SavedModel stores of its graph beyond what TensorFlow needs to run it."""

from __future__ import annotations

from pathlib import Path

from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.saved_model import fingerprinting_utils  # TensorFlow exports no other way to write one

INFERRED = "_output_shapes"  # of each operation; whoever loads the graph infers them again


def forget_shapes(path: Path) -> None:
    """Leaves out the shapes of all operations, a sixth of a typical graph, and writes its fingerprint anew.

    Shapes of inputs and outputs of functions stay.
    """
    file = path / "saved_model.pb"
    stored = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    for meta_graph in stored.meta_graphs:
        graph = meta_graph.graph_def
        for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
            for node in nodes:
                node.attr.pop(INFERRED, None)
    file.write_bytes(stored.SerializeToString(deterministic=True))
    fingerprinting_utils.write_fingerprint(str(path))
