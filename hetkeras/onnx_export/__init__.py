"""ONNX files of exported functions: converted, run beside the SavedModel, and refused where the two differ."""
