"""Says what a program is doing: a line on standard error for each phase, counting seconds while it lasts."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

IMPORTED = time.monotonic()
TICK = 1.0  # seconds between two looks at a phase that lasts
WIDTH = 40


class Phases:
    """Prints each phase with its seconds when it ends, before the first one those of the start-up."""

    def __init__(self) -> None:
        self._known = False

    @contextlib.contextmanager
    def __call__(self, title: str, ticking: bool = True) -> Iterator[None]:
        """A phase, for `with`.

        Args:
          title: a few words.
          ticking: whether to count its seconds on a terminal; False where it shows progress of its own.
        """
        self._start()
        began, ended = time.monotonic(), threading.Event()
        ticker = threading.Thread(target=self._tick, args=(title, began, ended), daemon=True)
        if ticking and sys.stderr.isatty():
            ticker.start()
        try:
            yield
        finally:
            ended.set()
            if ticker.is_alive():
                ticker.join()
        self._print(title, time.monotonic() - began)

    def tell(self, title: str, amount: str) -> None:
        """Prints a line about the phases to come."""
        self._start()
        print(f"{title:<{WIDTH}}{amount:>9}", file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Prints the seconds since the program was started."""
        self._print("all of it", process_age())

    def _start(self) -> None:
        if not self._known:
            self._known = True
            self._print("start", process_age())

    def _tick(self, title: str, began: float, ended: threading.Event) -> None:
        while not ended.wait(TICK):
            print(f"\r{title:<{WIDTH}}{time.monotonic() - began:5.0f} s ...", end="", file=sys.stderr, flush=True)
        print("\r\033[K", end="", file=sys.stderr, flush=True)

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
