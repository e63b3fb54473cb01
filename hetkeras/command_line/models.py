"""Models that commands know: shipped ones by name, a user's own as `file.py:Class`."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import NamedTuple

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
BUILDERS = ("export_entry", "production_network")  # have flags of their own, in a module of the same name beside this


class Target(NamedTuple):
    """name: for the run directory; model: the class; define: flags of its own; build: from preset and --set."""

    name: str
    model: type[Calibration]
    define: Callable[[], Sequence[str]]
    build: Callable[[str, Sequence[str]], Calibration]


def find(word: str) -> Target:
    """The model that a word on the command line stands for.

    Raises:
      ModelFileError: if there is none.
    """
    if word.partition(":")[0].endswith(".py"):
        return _plain(read_class(word))
    if ":" in word:
        return _plain(_imported(word))
    if word not in SHIPPED:
        near = difflib.get_close_matches(word, SHIPPED, 1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise ModelFileError(
            f"'{word}' is no model; {hint}expected one of {', '.join(SHIPPED)}, or your own as in my_model.py:Skills"
        )
    model = _imported(SHIPPED[word])
    if word not in BUILDERS:
        return _plain(model)._replace(name=word)
    own = importlib.import_module(f"hetkeras.command_line.{word}")
    return Target(word, model, own.define, own.build)


def _plain(model: type[Calibration]) -> Target:
    def build(preset: str, assignments: Sequence[str]) -> Calibration:
        del preset
        return model(**model.parse(assignments))

    return Target(model.__name__.lower(), model, tuple, build)


def _imported(name: str) -> type[Calibration]:
    module, _, wanted = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), wanted)
    except (ImportError, AttributeError) as error:
        raise ModelFileError(f"'{name}' cannot be imported ({error}); expected package.module:Class") from error
    if not (isinstance(found, type) and issubclass(found, Calibration)) or inspect.isabstract(found):
        raise ModelFileError(f"'{name}' is no model; expected a subclass of a contract with all its members")
    return found
