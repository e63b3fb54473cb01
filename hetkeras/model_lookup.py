"""The class of a SavedModel's model: given, known by name, or built from the text that is kept.

A SavedModel names its class, and naming must not be enough to run code: only modules of hetkeras are imported unasked,
and what is found must be a model before anything of it is called.
"""

from __future__ import annotations

import abc
import importlib
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetkeras.calibration import Calibration
from hetkeras.errors import ModelFileError, SavedModelError, UntrustedModelError
from hetkeras.model_file import ModelSource, class_from_text, known_class


def class_of(
    path: Path, metadata: Mapping[str, Any], given: type[Calibration] | None, trust: bool
) -> type[Calibration]:
    """Finds the class of a SavedModel.

    Args:
      path: of the SavedModel, for messages.
      metadata: what it says of itself.
      given: the class, where the caller has it.
      trust: whether to import modules of others, or to run the text of the class.

    Raises:
      UntrustedModelError: if its module or text must be trusted first.
      SavedModelError: if it cannot be imported or built, is no model, or is not the one given.
    """
    module, _, name = metadata["model_class"].partition(":")
    if given is not None:
        found: Any = given
        if getattr(given, "__qualname__", None) != name:
            raise SavedModelError(f"{path} holds the model {name}; got model={getattr(given, '__qualname__', given)}")
    elif "model_source" in metadata:
        found = _of_text(path, ModelSource(**metadata["model_source"]), name, trust)
    else:
        found = _of_module(path, module, name, trust)
    if not isinstance(found, abc.ABCMeta) or not issubclass(found, Calibration) or inspect.isabstract(found):
        raise SavedModelError(
            f"{path}: its model {metadata['model_class']} is {found!r}; expected a subclass of a contract with all its "
            "members"
        )
    return found


def _of_text(path: Path, source: ModelSource, name: str, trust: bool) -> Any:
    if (found := known_class(source, name)) is not None:
        return found
    if not trust:
        raise UntrustedModelError(
            f"{path}: its model {name} is of the file {source.file}, which no program here knows. If you trust that "
            f"file, its text is kept here and runs with hetkeras.load(path, trust=True), or --trust on the command "
            f"line; if you have the class, give it with hetkeras.load(path, model={name})"
        )
    try:
        return class_from_text(source, name)
    except ModelFileError as error:
        raise SavedModelError(f"{path}: its own model cannot be built again: {error}") from error


def _of_module(path: Path, module: str, name: str, trust: bool) -> Any:
    if not (trust or module.startswith("hetkeras.") or module in sys.modules):
        raise UntrustedModelError(
            f"{path}: its model {module}:{name} is of a module that is not of hetkeras, and importing it runs it. If "
            f"you trust it, load with hetkeras.load(path, trust=True), or --trust on the command line; if you have the "
            f"class, give it with hetkeras.load(path, model={name})"
        )
    try:
        return getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # what a module of others may raise
        raise SavedModelError(
            f"{path}: its model {module}:{name} cannot be imported ({error}); give the class with "
            f"hetkeras.load(path, model={name}). The functions alone load with tf.saved_model.load"
        ) from error
