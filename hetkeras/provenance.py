"""What computed a result: versions, commit, device."""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

PACKAGES = ("hetkeras", "tensorflow", "keras", "numpy", "scipy")
PRECISIONS = ("float32", "tensorfloat32", "float64")


def provenance() -> dict[str, Any]:
    """Returns versions of what computes, and the commit of this code (None outside a checkout or without git)."""
    command = ["git", "-C", str(Path(__file__).parent.parent), "rev-parse", "HEAD"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        commit = ""
    return {"versions": {name: version(name) for name in PACKAGES}, "commit": commit or None}


def configure_device(precision: str = "float32") -> str:
    """Sets the precision before anything is built; returns the device in words."""
    width = "float64" if precision == "float64" else "float32"
    keras.config.set_floatx(width)
    keras.config.set_dtype_policy(width)
    tf.config.experimental.enable_tensor_float_32_execution(precision == "tensorfloat32")
    if gpus := tf.config.list_physical_devices("GPU"):
        names = (tf.config.experimental.get_device_details(gpu).get("device_name", "unnamed") for gpu in gpus)
        return "GPU " + ", ".join(names)
    return f"CPU, {os.environ.get('TF_NUM_INTRAOP_THREADS', os.cpu_count())} threads"
