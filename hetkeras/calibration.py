"""Calibrations: frozen dataclasses that check themselves and read overrides from the command line."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Self

from hetkeras import fields
from hetkeras.errors import CalibrationError, brief, cut, listed


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Base of every model: its fields are the calibration, checked once when it is built.

    `hetkeras.fields` says which types fields may have, and how a range goes beside a type. Lists and arrays become
    tuples. What else must hold a subclass lists in `violations()`, which are raised together.

    Raises:
      CalibrationError: if any field is out of range or of the wrong type, or the class is no frozen dataclass.
    """

    REFUSED: ClassVar[str] = "{} cannot be calibrated like this"

    def __post_init__(self) -> None:
        kinds = self.fields()
        for name, kind in kinds.items():
            object.__setattr__(self, name, fields.frozen(getattr(self, name), kind))
        problems = [*self._problems(fields.type_expected)]
        problems = problems or [*self._problems(fields.range_expected)] or [*self.violations()]
        if problems:
            raise CalibrationError(listed(self.REFUSED.format(type(self).__name__), problems))

    def _problems(self, check: Callable[[Any, fields.Field], str | None]) -> Iterable[str]:
        for name, kind in self.fields().items():
            value = getattr(self, name)
            if (expected := check(value, kind)) is not None:
                yield f"{name} is {brief(value)}; expected {expected}"

    def violations(self) -> Iterable[str]:
        """Yields one sentence for each thing that is wrong with the calibration."""
        return ()

    def as_dict(self) -> dict[str, Any]:
        """Returns field name -> value, with tuples as lists, ready for JSON."""
        return {name: _lists(getattr(self, name)) for name in self.fields()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Builds the model from `as_dict()` output; unknown names are refused.

        Raises:
          CalibrationError: for an unknown field, with the nearest known name.
        """
        for name in values:
            cls.refuse_unknown(name)
        return cls(**values)

    @classmethod
    def parse(cls, assignments: Iterable[str], flag: str = "--set") -> dict[str, Any]:
        """Reads `field=value` strings; a tuple field takes comma-separated values, rows of a matrix end in semicolons.

        Args:
          assignments: the strings.
          flag: that they came with, for error messages.

        Raises:
          CalibrationError: for a string without `=`, an unknown field, one that is set twice, or an unreadable value.
        """
        values: dict[str, Any] = {}
        for assignment in assignments:
            name, separator, text = assignment.partition("=")
            if not separator:
                raise CalibrationError(
                    f"{flag}={cut(assignment)}: expected field=value, for example {flag}={cls.example()}"
                )
            cls.refuse_unknown(name, f"{flag}={cut(assignment)}: ")
            if name in values:
                raise CalibrationError(f"{flag}={cut(assignment)}: {name} is set twice; expected once")
            try:
                values[name] = fields.read(text, cls.fields()[name])
            except ValueError as error:
                raise CalibrationError(f"{flag}={cut(assignment)}: expected {error}") from error
        return values

    @classmethod
    @functools.cache
    def fields(cls) -> Mapping[str, fields.Field]:
        """Returns field name -> its type, range and help.

        Raises:
          CalibrationError: if a field has a type that a calibration cannot hold, or the class is no dataclass.
        """
        try:
            hints = typing.get_type_hints(cls, include_extras=True)
        except NameError as error:
            raise CalibrationError(f"{cls.__name__}: the type of a field is not known ({error}); import it") from error
        names = [each.name for each in dataclasses.fields(cls)]
        own = [name for name in inspect.get_annotations(cls) if not _is_class_variable(hints[name])]
        if missing := [name for name in own if name not in names]:
            raise CalibrationError(
                f"{cls.__name__} declares {', '.join(missing)}, which no field of it is; write "
                f"@dataclasses.dataclass(frozen=True) above 'class {cls.__name__}'"
            )
        try:
            return {name: fields.field(name, hints[name]) for name in names}
        except TypeError as error:
            raise CalibrationError(f"{cls.__name__}: {error}") from error

    @classmethod
    def example(cls) -> str:
        """An assignment as `parse` reads it, for help."""
        defaults = {
            each.name: each.default for each in dataclasses.fields(cls) if each.default is not dataclasses.MISSING
        }
        return next((f"{name}={value}" for name, value in defaults.items() if isinstance(value, float)), "field=1")

    @classmethod
    def refuse_unknown(cls, name: str, where: str = "") -> None:
        """Refuses a name that is no field.

        Raises:
          CalibrationError: with the nearest known name.
        """
        known = list(cls.fields())
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            hint = f"; did you mean '{nearest[0]}'? Known fields: {', '.join(known)}" if nearest else ", nor any other"
            raise CalibrationError(f"{where}{cls.__name__} has no field '{cut(name)}'{hint}")


def _lists(value: Any) -> Any:
    return [_lists(entry) for entry in value] if isinstance(value, tuple) else value


def _is_class_variable(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.ClassVar or hint is typing.ClassVar
