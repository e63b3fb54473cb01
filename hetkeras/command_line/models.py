"""Models that commands know: shipped ones by name, a user's own as `file.py:Class`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hetkeras.calibration import Calibration
from hetkeras.command_line import option_flags
from hetkeras.named_models import BUILDERS, SHIPPED, build_model, named_class, own_options


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
    name = word if word in SHIPPED else model.__name__.lower()
    define = importlib.import_module(f"hetkeras.command_line.{word}").define if word in BUILDERS else tuple

    def build(preset: str, assignments: Sequence[str]) -> Calibration:
        return build_model(word, preset, assignments, option_flags.read(own_options(word)))

    return Target(name, model, define, build)
