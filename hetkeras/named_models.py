"""Models by a word: the name of a shipped one, a user's own as `file.py:Class`, or `package.module:Class`."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hetkeras.calibration import Calibration
from hetkeras.errors import ModelFileError
from hetkeras.model_file import read_class

SHIPPED = {
    "investment": "hetkeras.models.investment:Investment",
    "khan_thomas": "hetkeras.models.khan_thomas:KhanThomas",
    "bloom": "hetkeras.models.bloom:Bloom",
    "krusell_smith": "hetkeras.models.krusell_smith:KrusellSmith",
    "huggett": "hetkeras.models.huggett:Huggett",
    "aiyagari": "hetkeras.models.aiyagari:Aiyagari",
    "export_entry": "hetkeras.models.export_entry:ExportEntry",
    "production_network": "hetkeras.models.production_network:ProductionNetwork",
    "allen_cahn": "hetkeras.models.allen_cahn:AllenCahn",
    "default_risk": "hetkeras.models.default_risk:DefaultRisk",
    "lq_control": "hetkeras.models.lq_control:LQControl",
}
BUILDERS = {  # of models with options of their own, which come before the calibration: a map, a table of sectors
    "export_entry": "hetkeras.models.export_entry.builder",
    "production_network": "hetkeras.models.production_network.builder",
}


def is_file(word: str) -> bool:
    """Whether a word names a file with a model."""
    return word.partition(":")[0].endswith(".py")


def named_class(word: str) -> type[Calibration]:
    """The class of a model that a word stands for.

    Raises:
      ModelFileError: if there is none.
    """
    if is_file(word):
        return read_class(word)
    if ":" in word:
        return _imported(word)
    if word not in SHIPPED:
        near = difflib.get_close_matches(word, SHIPPED, 1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise ModelFileError(
            f"'{word}' is no model; {hint}expected one of {', '.join(SHIPPED)}, or your own as in my_model.py:Skills"
        )
    return _imported(SHIPPED[word])


def own_options(word: str) -> tuple[str, ...]:
    """Names of the options that a shipped model has before its calibration."""
    return tuple(inspect.signature(_builder(word)).parameters)[2:] if word in BUILDERS else ()


def build_model(word: str, preset: str, assignments: Sequence[str], own: Mapping[str, Any]) -> Calibration:
    """The model of a word.

    Args:
      word: see `named_class`.
      preset: quick or paper.
      assignments: "field=value" of the calibration.
      own: options of the model, see `own_options`.

    Raises:
      HetkerasError: if there is no such model, or something does not fit it.
    """
    if word in BUILDERS:
        return _builder(word)(preset, assignments, **own)
    kind = named_class(word)
    return kind(**kind.parse(assignments))


def _builder(word: str) -> Callable[..., Calibration]:
    return importlib.import_module(BUILDERS[word]).build


def _imported(name: str) -> type[Calibration]:
    module, _, wanted = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), wanted)
    except (ImportError, AttributeError) as error:
        raise ModelFileError(f"'{name}' cannot be imported ({error}); expected package.module:Class") from error
    if not (isinstance(found, type) and issubclass(found, Calibration)) or inspect.isabstract(found):
        raise ModelFileError(f"'{name}' is no model; expected a subclass of a contract with all its members")
    return found
