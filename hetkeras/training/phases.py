"""Says what a program is doing: a line on standard error for each phase, counting seconds while it lasts.

In a file instead of a terminal, a phase that lasts is named when it has lasted five seconds, and again when it ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

IMPORTED = time.monotonic()
TICK = 1.0  # seconds between two looks at a phase that lasts
LONG = 5.0  # seconds after which a file is told of a phase that lasts
WIDTH = 40


class Phases:
    """Prints each phase with its seconds when it ends, before the first one those of the start-up."""

    def __init__(self) -> None:
        self._known = False

    @contextlib.contextmanager
    def __call__(self, title: str, ticking: bool = True) -> Iterator[Callable[[str], None]]:
        """A phase, for `with`, which gives a function to tell how far it has come, in a few words.

        Args:
          title: a few words.
          ticking: whether to count its seconds on a terminal; False where it shows progress of its own.
        """
        self._start()
        began, ended, come = time.monotonic(), threading.Event(), [""]
        work = self._tick if sys.stderr.isatty() else self._name
        ticker = threading.Thread(target=work, args=(title, began, ended, come), daemon=True)
        if ticking:
            ticker.start()
        try:
            yield lambda far: come.__setitem__(0, far)
        finally:
            ended.set()
            if ticker.is_alive():
                ticker.join()
        self._print(title, time.monotonic() - began)

    def tell(self, title: str, amount: str) -> None:
        """Prints a line about the phases to come."""
        self._start()
        print(f"{title:<{WIDTH}}{amount:>9}", file=sys.stderr, flush=True)

    def say(self, sentence: str) -> None:
        """Prints what has come out of a phase, or what follows."""
        self._start()
        print(sentence, file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Prints the seconds since the program was started."""
        self._print("all of it", process_age())

    def _start(self) -> None:
        if not self._known:
            self._known = True
            self._print("start", process_age())

    def _tick(self, title: str, began: float, ended: threading.Event, come: Sequence[str]) -> None:
        while not ended.wait(TICK):
            line = f"{title:<{WIDTH}}{time.monotonic() - began:5.0f} s ... {come[0]}".rstrip()
            print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)
        print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _name(self, title: str, began: float, ended: threading.Event, come: Sequence[str]) -> None:
        if not ended.wait(LONG):
            print(f"{title} ...", file=sys.stderr, flush=True)

    def _print(self, title: str, seconds: float) -> None:
        print(f"{title:<{WIDTH}}{seconds:7.1f} s", file=sys.stderr, flush=True)


def process_age() -> float:
    """Seconds since the process was started, imports in it; since this was imported where the system does not tell."""
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return time.monotonic() - IMPORTED


phase = Phases()
