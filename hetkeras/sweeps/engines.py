"""Engines by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetkeras.errors import SweepError, brief
from hetkeras.sweeps.engine import Engine
from hetkeras.sweeps.processes import Processes
from hetkeras.sweeps.ray import Ray
from hetkeras.sweeps.serial import Serial
from hetkeras.sweeps.slurm import Slurm

NAMES = ("processes", "slurm", "ray")


def engine_of(
    executor: str, workers: int, folder: Path = Path("jobs"), slurm: Mapping[str, Any] | None = None
) -> Engine:
    """The engine of a name.

    Args:
      executor: processes, slurm or ray.
      workers: at a time; 0 with processes: none, calls run here.
      folder: for results and logs of jobs.
      slurm: parameters of submitit, such as partition or timeout_min.

    Raises:
      SweepError: if there is no such engine here, or the number of workers is wrong.
    """
    if executor not in NAMES:
        raise SweepError(f"executor is {brief(executor)}; expected one of {', '.join(NAMES)}")
    least = 0 if executor == "processes" else 1
    if workers < least:
        raise SweepError(f"workers is {workers} with executor {executor}; expected at least {least}")
    if slurm and executor != "slurm":
        raise SweepError(f"slurm is {brief(dict(slurm))} with executor {executor}; expected executor slurm")
    if executor == "slurm":
        return Slurm(folder, workers, **(slurm or {}))
    if executor == "ray":
        return Ray(workers)
    return Processes(workers) if workers else Serial()
