"""A run directory: one calibration, one method, one seed; started once, resumed as often as needed."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetkeras.errors import RunDirectoryError
from hetkeras.files import write_json


class RunDirectory:
    """Claims a directory for a run and keeps other processes and other calibrations out of it.

    Args:
      path: created if absent.

    Raises:
      RunDirectoryError: if it cannot be written or another process is using it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / ".lock").open("w")
        except OSError as error:
            raise RunDirectoryError(
                f"run directory {self.path} cannot be written ({error.strerror}); choose another with --run_dir"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunDirectoryError(
                f"run directory {self.path} is in use by another process; wait for it or choose another"
            ) from error

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    @property
    def saved_model(self) -> Path:
        return self.path / "saved_model"

    @property
    def diagnostics(self) -> Path:
        return self.path / "diagnostics.json"

    def claim(self, identity: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        """Writes run.json, or checks that the one found there is of the same run.

        Args:
          identity: what must agree for a resume (model, calibration, method, seed, precision), ready for JSON.
          about: what is recorded beside it (versions, commit, device).

        Raises:
          RunDirectoryError: naming every value that differs, or saying that run.json is damaged or missing.
        """
        path = self.path / "run.json"
        identity = json.loads(json.dumps(identity))
        if not path.exists() and self.checkpoints.is_dir() and any(self.checkpoints.iterdir()):
            raise RunDirectoryError(
                f"{self.path} holds checkpoints but no run.json that says whose; use another --run_dir, or delete it"
            )
        if not path.exists():
            write_json(path, {**identity, **about})
            return
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            differing = [f"{key}: {old!r} there, {new!r} now" for key, old, new in _differences(found, identity)]
        except (ValueError, AttributeError) as error:
            raise RunDirectoryError(f"{path} is damaged ({error}); delete {self.path} and start again") from error
        if differing:
            raise RunDirectoryError(
                f"{self.path} belongs to another run; use another --run_dir, or delete it. What differs:\n  - "
                + "\n  - ".join(differing)
            )

    def close(self) -> None:
        """Lets other processes in."""
        self._lock.close()


def _differences(found: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any, Any]]:
    gone = [key for key in found if key not in wanted] if prefix else []  # at the top they are only recorded
    rows = []
    for key in (*wanted, *gone):
        old, new = found.get(key), wanted.get(key)
        if isinstance(new, dict) and isinstance(old, dict):
            rows += _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            rows.append((prefix + key, old, new))
    return rows
