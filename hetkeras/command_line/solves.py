"""Solves of a table as processes of their own, and the marks that they leave."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from hetkeras.command_line.jobs import Job
from hetkeras.command_line.program import UNCONVERGED
from hetkeras.files import write_text

FINISHED, STOPPED = "finished.txt", "stopped.txt"


class Solves:
    """Processes of solves, which end with this one."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, job: Job) -> bool:
        """Runs one solve unless it is finished; returns whether it ended without an error, converged or not."""
        marker, stopped = job.run_dir / FINISHED, job.run_dir / STOPPED
        if marker.exists() and marker.read_text(encoding="utf-8") == " ".join(job.command()[1:]):
            return True
        for earlier in (marker, stopped):
            earlier.unlink(missing_ok=True)
        job.run_dir.mkdir(parents=True, exist_ok=True)
        log = job.run_dir / "log.txt"
        status = self._status(job.command(), log)
        if status in (0, UNCONVERGED):
            write_text(marker, " ".join(job.command()[1:]))
        elif not self._stopped:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            write_text(stopped, f"exit status {status}: {lines[-1] if lines else 'no output'}")
        return status in (0, UNCONVERGED)

    def stop(self) -> None:
        """Ends what runs; what has not started must not."""
        self._stopped = True
        for process in list(self._running):
            process.terminate()

    def _status(self, command: list[str], log: Path) -> int:
        one_core = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
        with log.open("w") as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=stream, env=one_core)
            self._running.add(process)
            try:
                return process.wait()
            finally:
                self._running.discard(process)
