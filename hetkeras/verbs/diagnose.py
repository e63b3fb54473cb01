"""Is a reloaded solution the solution? Measured by the method of its contract, from nothing but its own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from hetkeras import saved_model
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, method_of
from hetkeras.saved_model import LoadedSolution


def diagnose(solution: LoadedSolution | str | Path, **options: Any) -> Diagnosis:
    """Measures a solution; print the result for the PASS/FAIL table.

    Args:
      solution: as `hetkeras.load` returns it, or the directory of its SavedModel.
      options: of the measurement, those of the method.

    Raises:
      SavedModelError: if it cannot be loaded.
      CalibrationError: if an option is unknown.
    """
    loaded = solution if isinstance(solution, LoadedSolution) else saved_model.load(solution)
    return measured(method_of(loaded.model), loaded, options)


def measured(method: Method, loaded: LoadedSolution, options: Mapping[str, Any]) -> Diagnosis:
    """Measures with shorter defaults, in full precision also where GPUs would round products to TensorFloat-32."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        return method.measure(loaded, method.shorter(**options))
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)
