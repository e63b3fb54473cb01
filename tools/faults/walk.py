"""The tiny solve as a model in a file of its own, for sweeps: walk.py:Walk."""

from __future__ import annotations

from dataclasses import dataclass

from hetkeras.method import register
from tools.faults.tiny_solve import Tiny, TinyMethod

register(TinyMethod())


@dataclass(frozen=True)
class Walk(Tiny):
    """A walk."""
