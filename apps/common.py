"""What all programs share: errors, provenance, tables on the terminal."""

from __future__ import annotations

import csv
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from absl import app, logging

from hetkeras import compile_cache
from hetkeras.errors import HetkerasError


def run_app(main: Callable[[list[str]], None]) -> None:
    """Runs main under absl; an error that the user can mend is one line and exit status 1, without a traceback."""

    def guarded(argv: list[str]) -> None:
        logging.set_verbosity(logging.WARNING)
        try:
            main(argv)
        except HetkerasError as error:
            sys.exit(f"error: {error}")
        except KeyboardInterrupt:
            sys.exit("interrupted: start the same command again to resume from the last checkpoint")
        except Exception as error:
            if compile_cache.is_to_blame(error):
                print(compile_cache.give_up(), file=sys.stderr, flush=True)
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # a solve resumes from its checkpoint
            if is_storage_failure(error):
                sys.exit(f"error: writing failed ({error}); free some space and start the same command again to resume")
            if isinstance(error, OSError):
                sys.exit(f"error: {error}; check the path and its permissions")
            raise

    app.run(guarded)


def is_storage_failure(error: Exception) -> bool:
    """True if an error of Python or of TensorFlow says that a file could not be written."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
    text = str(error)
    return any(os.strerror(code) in text for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS))


def provenance() -> dict[str, Any]:
    """Returns versions of what computes, and the commit of this code (None outside a checkout or without git)."""
    packages = ("hetkeras", "tensorflow", "keras", "numpy", "scipy")
    root = Path(__file__).parent.parent
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        commit = ""
    return {"versions": {name: version(name) for name in packages}, "commit": commit or None}


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Returns rows as aligned text."""
    cells = [[*header], *[[_text(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


class Table:
    """A table on the terminal whose rows come one after the other.

    Args:
      header: of the columns.
      widths: of the columns; what is longer moves the rest of its row.
    """

    def __init__(self, header: Sequence[str], widths: Sequence[int]) -> None:
        self._widths = widths
        self._print(header)
        self._print(["-" * width for width in widths])

    def row(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Prints a row and returns it."""
        self._print([_text(cell) for cell in cells])
        return cells

    def _print(self, cells: Sequence[str]) -> None:
        row = "  ".join(cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True))
        print(row.rstrip(), flush=True)


def write_columns(path: Path, columns: Mapping[str, Iterable[Any]]) -> None:
    """Writes column name -> values as CSV."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
