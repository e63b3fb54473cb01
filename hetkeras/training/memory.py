"""Memory that a solve will take, told and compared with what is free before it starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from hetkeras.errors import CalibrationError

GIB = 2.0**30


class Need(NamedTuple):
    """size: in bytes, roughly; what: takes them, in words; remedy: what to choose instead, in words."""

    size: float
    what: str
    remedy: str

    def refuse_beyond_free(self) -> None:
        """Refuses what would not fit, before it starts.

        Raises:
          CalibrationError: with the memory that it would take and what is there.
        """
        if self.size > (free := free_memory()):
            raise CalibrationError(
                f"{self.what} takes about {self.size / GIB:.1f} GiB and {free / GIB:.1f} are free; {self.remedy}"
            )


def free_memory() -> float:
    """Bytes that this process may still take, where the system tells; caches count as free."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        return next(float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, IndexError, ValueError):
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
