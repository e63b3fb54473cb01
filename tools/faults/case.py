"""A fault: what is tried, and what must happen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Case(NamedTuple):
    """One fault of a part.

    group: the row of the table that counts it. name: what is tried. expected: what must happen, in words. act: tries
    it in an empty folder and returns what happened instead, or None if all is as it must be.
    """

    group: str
    name: str
    expected: str
    act: Callable[[Path], str | None]
