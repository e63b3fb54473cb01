"""Settings of the classical Krusell-Smith method where one choice is made, read off splines."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.methods.krusell_smith.classical_settings import ClassicalSettings
from hetkeras.settings import Knots


@dataclasses.dataclass(frozen=True)
class GridSettings(ClassicalSettings):
    """As `ClassicalSettings`, and how a firm's capital is treated."""

    num_capital: Knots = 10  # knots of the spline in a firm's capital
    interpolated: int = 0  # 1 reads targets off a table over (K, p) instead of maximising at each price

    def violations(self) -> Iterable[str]:
        if self.interpolated not in (0, 1):
            yield f"interpolated is {self.interpolated}; expected 0 or 1"
