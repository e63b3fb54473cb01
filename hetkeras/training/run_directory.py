"""A run directory: one calibration, one method, one seed; started once, resumed as often as needed."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetkeras.errors import RunDirectoryError, brief, listed, unwritten
from hetkeras.files import pattern_problem, read_json, remove_unfinished, write_json

EVENTS = "events.out.tfevents.*"  # of TensorBoard


class RunDirectory:
    """Claims a directory for a run and keeps other processes and other calibrations out of it.

    Args:
      path: created if absent.

    Raises:
      RunDirectoryError: if it cannot be written, TensorFlow cannot find what is in it, or another process is using it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()
        if problem := pattern_problem(self.path):
            raise RunDirectoryError(f"run directory {problem}")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.fdopen(os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT), "w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for folder in (self.path, self.checkpoints, self.tensorboard):
                _check_writable(folder)
            remove_unfinished(self.path)
        except BlockingIOError as error:
            raise RunDirectoryError(
                f"run directory {self.path} is in use by another process; wait for it or choose another"
            ) from error
        except OSError as error:
            where = "" if error.filename in (None, str(self.path)) else f": {error.filename}"
            raise RunDirectoryError(
                f"run directory {self.path} cannot be written ({error.strerror}{where}); choose another with --run_dir"
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

        A run that trained nothing is replaced: there is nothing to lose.

        Args:
          identity: what must agree for a resume (model, calibration, method, seed, precision), ready for JSON.
          about: what is recorded beside it (versions, commit, device).

        Raises:
          RunDirectoryError: naming every value that differs, or saying that run.json is damaged or missing.
        """
        path = self.path / "run.json"
        identity = json.loads(json.dumps(identity))
        if not os.path.lexists(path):
            self._start(path, {**identity, **about})
            return
        try:
            found = read_json(path)
            differing = [
                f"{key}: {brief(old)} there, {brief(new)} now" for key, old, new in _differences(found, identity)
            ]
        except (OSError, ValueError, AttributeError) as error:
            raise RunDirectoryError(f"{path} is damaged ({error}); delete {self.path} and start again") from error
        if differing and not self._trained():
            for events in self.tensorboard.glob(EVENTS):
                events.unlink()
            self._start(path, {**identity, **about})
            return
        if differing:
            head = f"{self.path} belongs to another run; use another --run_dir, or delete it. What differs"
            raise RunDirectoryError(listed(head, differing))
        if (left := self._results()) and not any(self.checkpoints.glob("ckpt-*.index")):
            raise RunDirectoryError(
                f"{self.path} holds {', '.join(left)} but no checkpoints any more; solving again would replace what is "
                "there. Use another --run_dir, or delete it"
            )

    def _start(self, path: Path, about: Mapping[str, Any]) -> None:
        begun = self.checkpoints.is_dir() and any(self.checkpoints.iterdir())
        if left := ["checkpoints"] * begun + self._results():
            raise RunDirectoryError(
                f"{self.path} holds {', '.join(left)} but no run.json that says whose; use another --run_dir, or "
                "delete it"
            )
        try:
            write_json(path, about)
        except OSError as error:
            raise unwritten(path, error) from error

    def _trained(self) -> bool:
        """Whether any file is there but the record itself and the settings that TensorBoard noted."""
        own = {self.path / "run.json", self.path / ".lock", *self.tensorboard.glob(EVENTS)}
        return any(not path.is_dir() and path not in own for path in self.path.rglob("*"))

    def _results(self) -> list[str]:
        """Names of what only a finished run leaves."""
        return [path.name for path in (self.saved_model, self.diagnostics) if os.path.lexists(path)]

    def close(self) -> None:
        """Lets other processes in."""
        self._lock.close()


def _check_writable(folder: Path) -> None:
    """Sees that files can be made in a folder, if anything stands there.

    Raises:
      OSError: if it is no folder, or files cannot be made in it.
    """
    if os.path.lexists(folder):
        tempfile.TemporaryFile(dir=folder).close()


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
