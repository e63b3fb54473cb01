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
    """Returns versions of what computes, and the commit of this code (None outside its checkout or without git)."""
    return {"versions": {name: version(name) for name in PACKAGES}, "commit": commit(Path(__file__).parents[1])}


def commit(root: Path) -> str | None:
    """The commit of the checkout whose root is given; None if it is none, or only a folder in another's."""
    command = ["git", "-C", str(root), "rev-parse", "--show-toplevel", "HEAD"]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=outside)
    except OSError:
        return None
    top, _, found = done.stdout.strip().rpartition("\n")
    return found if done.returncode == 0 and Path(top).resolve() == root.resolve() else None


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
