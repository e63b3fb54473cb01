"""A model of ONNX as a function, run by onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.errors import OnnxError, first_line
from hetkeras.metadata import Function
from hetkeras.onnx_export.conversion import output_name
from hetkeras.onnx_export.library import library


class OnnxFunction:
    """Named inputs to named outputs, as an exported function has them.

    Args:
      path: of the file.
      about: inputs and outputs of the exported function.
      threads: that compute; all there are if 0.

    Raises:
      OnnxError: if onnxruntime cannot run the file.
    """

    def __init__(self, path: Path, about: Function, threads: int = 0) -> None:
        runtime = library("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 4
        self.path = path
        self._names = {output_name(output, about): output for output in about["outputs"]}
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has many
            raise OnnxError(f"{path.name} cannot be run by onnxruntime: {first_line(error)}") from error
        self._outputs = [value.name for value in self._session.get_outputs()]

    def __call__(self, **inputs: Any) -> dict[str, tf.Tensor]:
        """As `numbers`, tensors."""
        return {name: tf.constant(part) for name, part in self.numbers(inputs).items()}

    def numbers(self, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """The outputs of rows.

        Raises:
          OnnxError: if onnxruntime cannot compute them.
        """
        try:
            found = self._session.run(self._outputs, {name: np.asarray(value) for name, value in inputs.items()})
        except Exception as error:
            raise OnnxError(f"{self.path.name} cannot be run by onnxruntime: {first_line(error)}") from error
        return {self._names[name]: part for name, part in zip(self._outputs, found, strict=True)}
