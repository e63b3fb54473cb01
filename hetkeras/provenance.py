"""What computed a result: versions, commit, device."""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import CalibrationError

PACKAGES = ("hetkeras", "tensorflow", "keras", "numpy", "scipy")
OWN = 'name="hetkeras"'  # in setup.py of its own checkout
PRECISIONS = ("float32", "tensorfloat32", "float64")


def provenance() -> dict[str, Any]:
    """Returns versions of what computes, and the commit of this code (None outside its own checkout or without git)."""
    return {"versions": {name: version(name) for name in PACKAGES}, "commit": commit(Path(__file__).parent)}


def commit(package: Path) -> str | None:
    """The commit of the checkout of hetkeras that a package is of; None elsewhere, whatever repository is around.

    Args:
      package: the folder of the package.
    """
    root = package.resolve().parent
    setup = root / "setup.py"
    if not (setup.is_file() and OWN in setup.read_text(encoding="utf-8")):
        return None
    if _git(root, "rev-parse", "--show-toplevel") != str(root):
        return None
    return _git(root, "rev-parse", "HEAD") if _git(root, "ls-files", package.name) else None


def _git(folder: Path, *words: str) -> str | None:
    """What git says of a folder; None if it says nothing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    except OSError:
        return None
    return done.stdout.strip() or None


def configure_device(precision: str = "float32") -> str:
    """Sets the precision before anything is built; returns the device in words.

    Raises:
      CalibrationError: if Keras was told to compute with something else than TensorFlow.
    """
    if (backend := keras.config.backend()) != "tensorflow":
        raise CalibrationError(f"Keras computes with {backend}; set KERAS_BACKEND=tensorflow, or import hetkeras first")
    width = "float64" if precision == "float64" else "float32"
    keras.config.set_floatx(width)
    keras.config.set_dtype_policy(width)
    tf.config.experimental.enable_tensor_float_32_execution(precision == "tensorfloat32")
    if gpus := tf.config.list_physical_devices("GPU"):
        names = (tf.config.experimental.get_device_details(gpu).get("device_name", "unnamed") for gpu in gpus)
        return "GPU " + ", ".join(names)
    return f"CPU, {os.environ.get('TF_NUM_INTRAOP_THREADS', os.cpu_count())} threads"
