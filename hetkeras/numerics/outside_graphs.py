"""Numbers while a graph is traced."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def outside_graphs(function: Callable[..., Result], *arguments: object) -> Result:
    """Calls a function so that it computes numbers, also while a graph is traced.

    It runs on a thread of its own: `tf.init_scope` would stop gradient tapes.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()
