"""The folder of a case: its run, its log, and its row once it has one.

A row is written by whoever carries the case out, so that it outlives the sweep that asked for it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hetkeras.errors import HetkerasError, RunDirectoryError, first_line, one_line, unwritten
from hetkeras.files import is_storage_failure, read_json, write_json
from hetkeras.sweeps.case import Case

ROW, LOG, LOCK = "row.json", "log.txt", ".case"
BEGUN = "--- begun "
Row = dict[str, Any]
Task = Callable[[Case, Path], Mapping[str, Any]]


def folder_of(case: Case, identity: Mapping[str, Any]) -> str:
    """Where a case lies among the others; a case that is changed lies elsewhere."""
    told = hashlib.sha256(json.dumps([case.name, identity], sort_keys=True).encode()).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9.=+-]+', '_', case.name)[:60]}_{told[:10]}/seed{case.seed}"


def carried_out(task: Task, case: Case, folder: Path) -> Row:
    """The row of a case: the one that is there, or numbers of the task, or the reason why there are none.

    Raises:
      RunDirectoryError: if a file cannot be written; the case is then as if it had been killed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return kept(folder) or keep(folder, _row(task, case, folder))
    except OSError as error:
        raise unwritten(folder, error) from error


def failed(reason: str) -> Row:
    """The row of a case that has no numbers."""
    return {"status": "failed", "numbers": {"converged": False, "reason": reason}, "seconds": {}}


def keep(folder: Path, row: Row) -> Row:
    """Writes the row of a case and returns it.

    Raises:
      OSError: if it cannot be written.
    """
    write_json(folder / ROW, row)
    return row


def kept(folder: Path) -> Row | None:
    """The row of a case that was carried out; None if there is none.

    Raises:
      RunDirectoryError: if it is damaged.
    """
    if not (path := folder / ROW).exists():
        return None
    try:
        row = read_json(path)
        return {name: row[name] for name in ("status", "numbers", "seconds")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunDirectoryError(f"{path} is damaged ({first_line(error)}); delete it to have the case again") from error


def starts(folder: Path) -> int:
    """How often a case was begun."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / LOG).read_text(encoding="utf-8", errors="replace").count(BEGUN)
    return 0


@contextlib.contextmanager
def logged(path: Path) -> Iterator[None]:
    """Sends what is printed to the end of a file, by Python and by native code."""
    sys.stdout.flush()
    sys.stderr.flush()
    terminals = os.dup(1), os.dup(2)
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{BEGUN}{time.strftime('%F %T')}\n")
            stream.flush()
            for number in (1, 2):
                os.dup2(stream.fileno(), number)
            with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
                yield
    finally:
        for number, terminal in enumerate(terminals, 1):
            os.dup2(terminal, number)
            os.close(terminal)


def told(error: BaseException) -> str:
    """An error in one line, with its kind where it is none of hetkeras."""
    return one_line(str(error)) if isinstance(error, HetkerasError) else f"{type(error).__name__}: {first_line(error)}"


def _row(task: Task, case: Case, folder: Path) -> Row:
    started = time.perf_counter()
    with logged(folder / LOG):
        try:
            row: Row = {"status": "done", "numbers": dict(task(case, folder))}
        except (Exception, SystemExit) as error:  # of a user's model; the row tells it
            _raise_if_unwritten(folder, error)
            row = failed(told(error))
    return row | {"seconds": {"case": time.perf_counter() - started}}


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Waits while another worker is at the case: one that outlived its sweep, as jobs of a cluster do."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _raise_if_unwritten(folder: Path, error: BaseException) -> None:
    """A disk that is full is no fault of the case."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Exception) and is_storage_failure(cause):
            raise unwritten(folder, cause) from error
        cause = cause.__cause__ or cause.__context__
