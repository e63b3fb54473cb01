"""A case of a sweep."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Case:
    """One solve.

    name: of its row, with the seed. model: as on the command line: a shipped name, my_model.py:Skills or
    package.module:Class. calibration: field -> value. options: of the solve, see `hetkeras.solve`; `solver` is a
    mapping. Texts are read as the command line reads them.
    """

    name: str
    model: str
    calibration: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    seed: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """What tells its row from others."""
        return self.name, self.seed
