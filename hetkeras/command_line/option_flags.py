"""Flags out of the fields of options, and help out of flags."""

from __future__ import annotations

import dataclasses
import os
import textwrap
from collections.abc import Iterable
from typing import Any

from absl import flags

from hetkeras.calibration import Calibration
from hetkeras.fields import Field, described, range_expected, type_expected
from hetkeras.fields import read as read_field

WIDTH = 110
PATH = Field(str, True, (), "")


class FieldParser(flags.ArgumentParser):
    """Reads a flag as a field is read, with the same checks; a text names a file, in which ~ is the home.

    Args:
      kind: of the field.
    """

    syntactic_help = ""

    def __init__(self, kind: Field) -> None:
        super().__init__()
        self._kind = kind

    def parse(self, argument: Any) -> Any:
        """The value that a text stands for.

        Raises:
          ValueError: saying what is expected.
        """
        if not isinstance(argument, str):
            return argument
        if self._kind.scalar is str:
            return os.path.expanduser(argument)
        try:
            value = read_field(argument, self._kind)
        except ValueError as error:
            raise ValueError(f"expected {error}") from error
        if expected := type_expected(value, self._kind) or range_expected(value, self._kind):
            raise ValueError(f"expected {expected}")
        return value


def define_path(name: str, default: str | None, about: str) -> None:
    """Defines a flag that names a file or a folder, in which ~ is the home."""
    flags.DEFINE(FieldParser(PATH), name, default, about)


def define(options: type[Calibration], names: Iterable[str] | None = None) -> None:
    """Defines a flag for each field of the options, or for those named."""
    defaults = {each.name: each.default for each in dataclasses.fields(options)}
    kinds = options.fields()
    for name in kinds if names is None else names:
        _define(name, defaults[name], kinds[name])


def read(names: Iterable[str]) -> dict[str, Any]:
    """Name -> value of the flags."""
    values = {name: flags.FLAGS[name].value for name in names}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def _define(name: str, default: Any, kind: Field) -> None:
    if kind.scalar is bool:
        flags.DEFINE_bool(name, default, kind.help)
    elif kind.choices is not None:
        flags.DEFINE_enum(name, default, list(kind.choices), kind.help)
    elif kind.depth:
        flags.DEFINE_multi_string(name, list(default), kind.help)
    else:
        flags.DEFINE(FieldParser(kind), name, default, kind.help)


def help_of(names: Iterable[str]) -> str:
    """A paragraph for each flag: what it is, what it may be, its default."""
    return "\n".join(_paragraph(flags.FLAGS[name]) for name in names)


def help_of_fields(model: type[Calibration]) -> str:
    """A line for each field of a calibration, with its default."""
    rows = []
    for each in dataclasses.fields(model):
        default = "" if each.default is dataclasses.MISSING else f" = {each.default}"
        head = textwrap.shorten(f"{each.name}{default}", WIDTH, placeholder=" ...")
        rows.append(f"  {head}  {described(model.fields()[each.name])}".rstrip())
    return "\n".join(rows)


def _paragraph(flag: flags.Flag) -> str:
    values = getattr(flag.parser, "enum_values", None)
    value = f"={'|'.join(values)}" if values else "" if flag.boolean else "=..."
    default = str(flag.default).lower() if flag.boolean else flag.default
    about = flag.help.partition(";\n")[0]  # absl adds that it can be repeated, and the choices
    about = about.partition(">: ")[2] if values else about
    about += "" if flag.default in (None, []) else f" (default: {default})"
    return f"  --{flag.name}{value}\n" + textwrap.fill(about, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
