"""What a sweep asks of whatever runs its calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from hetkeras import compile_cache

Call = Callable[[], Any]

CALLS = 12
"""Calls of a worker before another takes its place: solves leave some 100 MB each in memory."""

ONE_CORE = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Ended(NamedTuple):
    """place: of the call among those given; value: what it returned; lost: how its worker ended before it returned."""

    place: int
    value: Any = None
    lost: str = ""


class Engine(Protocol):
    """Runs calls that can be pickled, on workers that may be killed."""

    def run(self, calls: Sequence[Call]) -> Iterator[Ended]:
        """Yields each call once, as they end; what a call raises is raised here."""

    def close(self) -> None:
        """Ends all workers at once."""


def prepare_worker() -> None:
    """Lets TensorFlow use one core, where nothing else was asked for, and keep what it compiles; before it starts."""
    for name in ONE_CORE:
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # workers share it
    compile_cache.start()
