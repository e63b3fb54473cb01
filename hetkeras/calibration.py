"""Calibrations: frozen dataclasses that check themselves and read overrides from the command line."""

from __future__ import annotations

import dataclasses
import difflib
import sys
import typing
from collections.abc import Iterable, Mapping
from typing import Any, Self

from hetkeras.errors import CalibrationError


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Base of every model: its fields are the calibration, checked once when it is built.

    A subclass lists what is wrong in `violations()`; all of it is raised together.

    Raises:
      CalibrationError: if any field is out of range or of the wrong type.
    """

    def __post_init__(self) -> None:
        problems = [*self._type_errors()] or [*self.violations()]
        if problems:
            raise CalibrationError(
                f"{type(self).__name__} cannot be calibrated like this:\n  - " + "\n  - ".join(problems)
            )

    def violations(self) -> Iterable[str]:
        """Yields one sentence for each thing that is wrong with the calibration."""
        return ()

    def as_dict(self) -> dict[str, Any]:
        """Returns field name -> value, with tuples as lists, ready for JSON."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Builds the model from `as_dict()` output; unknown names are refused.

        Raises:
          CalibrationError: for an unknown field, with the nearest known name.
        """
        for name in values:
            cls._refuse_unknown(name)
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})

    @classmethod
    def parse(cls, assignments: Iterable[str]) -> dict[str, Any]:
        """Reads `field=value` strings; a tuple field takes comma-separated values.

        Raises:
          CalibrationError: for a string without `=`, an unknown field or an unreadable value.
        """
        values: dict[str, Any] = {}
        for assignment in assignments:
            name, separator, text = assignment.partition("=")
            if not separator:
                raise CalibrationError(
                    f"--set={assignment}: expected field=value, for example --set=discount_factor=0.96"
                )
            cls._refuse_unknown(name)
            values[name] = cls._read(name, text)
        return values

    @classmethod
    def _field_types(cls) -> dict[str, Any]:
        hints = typing.get_type_hints(cls)
        return {field.name: hints[field.name] for field in dataclasses.fields(cls)}

    @classmethod
    def _refuse_unknown(cls, name: str) -> None:
        known = list(cls._field_types())
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise CalibrationError(
                f"{cls.__name__} has no field '{name}'; did you mean '{nearest}'? Known fields: {', '.join(known)}"
            )

    @classmethod
    def _read(cls, name: str, text: str) -> Any:
        kind = cls._field_types()[name]
        try:
            if typing.get_origin(kind) is tuple:
                element = typing.get_args(kind)[0]
                return tuple(element(part) for part in text.split(","))
            return kind(text)
        except ValueError as error:
            expected = "comma-separated numbers" if typing.get_origin(kind) is tuple else f"one {kind.__name__}"
            raise CalibrationError(f"--set={name}={text}: expected {expected}") from error

    def _type_errors(self) -> Iterable[str]:
        for name, kind in self._field_types().items():
            value = getattr(self, name)
            is_tuple = typing.get_origin(kind) is tuple
            if is_tuple != isinstance(value, tuple):
                yield f"{name} is {value!r}; expected {'a tuple of numbers' if is_tuple else kind.__name__}"
                continue
            element = typing.get_args(kind)[0] if is_tuple else kind
            for entry in value if is_tuple else (value,):
                if not _is_finite_number(entry, element):
                    yield f"{name} is {value!r}; expected finite {element.__name__}{' entries' if is_tuple else ''}"
                    break


def _is_finite_number(value: Any, kind: type) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if kind is int else (int, float)):
        return False
    return abs(value) <= sys.float_info.max
