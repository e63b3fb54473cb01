"""The same simulation without a shock and with it: both meet the same luck, so that they differ by the shock alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

Series = TypeVar("Series")


def with_and_without(run: Callable[[float], Mapping[str, Series]]) -> dict[str, Series]:
    """Returns the series of both, by their name and `_usual` or `_shocked`.

    Args:
      run: simulates with so many shocks, 0 or 1, from the same moment and with the same draws each time.
    """
    found = {"usual": run(0.0), "shocked": run(1.0)}
    return {f"{name}_{kind}": found[kind][name] for name in found["usual"] for kind in found}
