"""Reading files that may be anything, and writing them so that a reader never sees half of one."""

from __future__ import annotations

import csv
import ctypes
import errno
import io
import json
import math
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hetkeras.errors import RunDirectoryError

LARGEST_JSON = 64 * 2**20  # bytes; the links of a thousand sectors take a third
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux: paths as they are, names change places
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
UNFINISHED = re.compile(r"\..+\.(\d+)\.unfinished")  # what `write_text` writes to first, with its process
PATTERN = "[\\"  # signs by which a path is no longer found under its name


def pattern_problem(path: Path) -> str | None:
    """What is wrong with a path that TensorFlow would read as a pattern, of other files; None if nothing is."""
    found = next((sign for sign in PATTERN if sign in str(path)), None)
    if found is None:
        return None
    return f"{path} has a {found} in it, which TensorFlow reads as a pattern; choose another, or start from inside it"


def refuse_unwritable(path: Path) -> None:
    """Refuses a file that could not be written, before the work whose outcome it is to hold.

    Raises:
      RunDirectoryError: if it is a folder, or its folder is not there or not writable.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise RunDirectoryError(
            f"{path} cannot be written ({error.strerror}); choose a file in a folder that is there and writable"
        ) from error


def write_text(path: Path, text: str) -> None:
    """Replaces the file at path in one step; an interrupted write leaves the old one."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Like `write_text`, for bytes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Like `write_text`, for a value that JSON can hold; NaN and infinities are refused by `json`."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_columns(path: Path, columns: Mapping[str, Iterable[Any]]) -> None:
    """Writes column name -> values as CSV, in one step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    write_text(path, text.getvalue())


def is_storage_failure(error: BaseException) -> bool:
    """True if an error of Python or of TensorFlow says that a file could not be written."""
    return error.errno in FULL if isinstance(error, OSError) else tells_of(error, FULL[:-1])


def tells_of(error: BaseException, codes: Iterable[int]) -> bool:
    """Whether an error of TensorFlow is one of the system."""
    return type(error).__module__.startswith("tensorflow") and any(os.strerror(code) in str(error) for code in codes)


def check_regular(path: Path, largest: float = float("inf")) -> None:
    """Sees that path is a file with at most so many bytes; a pipe would keep its reader waiting for ever.

    Raises:
      OSError: if it is not there, a folder, a pipe or a device, or larger.
    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, no file", str(path))
    if found.st_size > largest:
        raise OSError(errno.EINVAL, f"it has {found.st_size} bytes; expected at most {largest}", str(path))


def read_json(path: Path, largest: int = LARGEST_JSON) -> Any:
    """The value that a JSON file holds; numbers in it are finite.

    Raises:
      OSError: if it cannot be read, see `check_regular`.
      ValueError: if it is no JSON in UTF-8, or nested too deep.
    """
    check_regular(path, largest)
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_float=_finite, parse_constant=_finite)
    except RecursionError as error:
        raise ValueError("its lists or objects are nested too deep") from error


def exchange(first: Path, second: Path) -> None:
    """Gives two files or folders each other's name, in one step.

    Raises:
      OSError: if this system or this file system cannot, or one of them is not there.
    """
    code = errno.ENOSYS
    if (swap := getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)) is not None:
        if swap(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0:
            return
        code = ctypes.get_errno()
    raise OSError(code, os.strerror(code), str(first))


def remove(path: Path) -> None:
    """Deletes a file or a folder with all that is in it; a link goes, not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Deletes what writers that were killed have left in a folder; what a living process writes stays."""
    for entry in folder.iterdir():
        if (found := UNFINISHED.fullmatch(entry.name)) and not _lives(int(found[1])):
            remove(entry)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no finite number")
    return number
