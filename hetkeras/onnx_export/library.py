"""The packages of ONNX, imported where they are needed: they take seconds, and only who exports must have them."""

from __future__ import annotations

import importlib
from types import ModuleType

from hetkeras.errors import OnnxError


def library(name: str) -> ModuleType:
    """A package or module of what `hetkeras[onnx]` installs.

    Raises:
      OnnxError: if it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OnnxError(
            f"ONNX needs {name}, which cannot be imported ({error}); install it: pip install 'hetkeras[onnx]'"
        ) from error
