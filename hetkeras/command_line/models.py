"""Models that commands know: shipped ones by name, a user's own as `file.py:Class`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hetkeras.calibration import Calibration
from hetkeras.named_models import SHIPPED, named_class

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
    model = named_class(word)
    if word not in SHIPPED:
        return _plain(model)
    if word not in BUILDERS:
        return _plain(model)._replace(name=word)
    own = importlib.import_module(f"hetkeras.command_line.{word}")
    return Target(word, model, own.define, own.build)


def _plain(model: type[Calibration]) -> Target:
    def build(preset: str, assignments: Sequence[str]) -> Calibration:
        del preset
        return model(**model.parse(assignments))

    return Target(model.__name__.lower(), model, tuple, build)
