"""Links between sectors: what a network that sums over links asks of a model beside its contract."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class SectorLinks(Protocol):
    """Binary states that are links between N sectors."""

    @property
    def link_shares(self) -> np.ndarray:
        """Share of each input in costs where the link can move, else 0, [N, N]."""

    @property
    def domar_weights(self) -> np.ndarray:
        """Output of each sector over that of all, with every link, [N]."""

    @property
    def num_delegates(self) -> int:
        """Players with a value of their own: 1 if a planner decides; N if each sector does."""
