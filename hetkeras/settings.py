"""Settings of a method: fields that check themselves, which come with --solver."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Self

from annotated_types import Ge, Gt, Interval

from hetkeras.calibration import Calibration

Steps = Annotated[int, Interval(ge=1, le=10_000_000)]
Batch = Annotated[int, Interval(ge=1, le=1_000_000)]
Nodes = Annotated[int, Interval(ge=1, le=16_384)]  # of a layer
Layers = Annotated[int, Interval(ge=1, le=64)]
Knots = Annotated[int, Interval(ge=3, le=10_000)]
Count = Annotated[int, Interval(ge=1, le=100_000)]
Many = Annotated[int, Interval(ge=0, le=100_000)]
Repeats = Annotated[int, Interval(ge=1, le=1000)]
Parts = Annotated[int, Interval(ge=1, le=100)]
Rounds = Annotated[int, Interval(ge=1, le=100)]
Positive = Annotated[float, Gt(0)]
NotNegative = Annotated[float, Ge(0)]
Noise = Annotated[float, Interval(gt=0, lt=0.2)]  # relative half-width of prices
Share = Annotated[float, Interval(ge=0, le=1)]


@dataclasses.dataclass(frozen=True)
class Settings(Calibration):
    """Base of the settings of all methods.

    Raises:
      CalibrationError: as `Calibration`, naming the flag.
    """

    REFUSED: ClassVar[str] = "--solver cannot be set like this"

    @classmethod
    def chosen(cls, base: Mapping[str, Any], assignments: Iterable[str]) -> Self:
        """The settings of a base, with `field=value` strings in the place of some.

        Raises:
          CalibrationError: see `parse`.
        """
        return cls(**{**base, **cls.parse(assignments, "--solver")})
