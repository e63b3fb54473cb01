"""What XLA compiles is kept on disk for the next process: a folder in the user's cache, where that is safe.

TensorFlow writes and reads the entries; results are the same to the bit. But it ends a program over a damaged entry or
a folder that cannot be written, and does not ask whether an entry was made with other flags or on another processor.
So the folder is named by all that matters, looked through and tried before TensorFlow hears of it.
This module starts nothing: it must be used before TensorFlow runs its first operation.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

SWITCH = "HETKERAS_COMPILE_CACHE"  # environment: a folder instead of the usual one, or "off"
FLAGS = "TF_XLA_FLAGS"
LARGEST = 1 << 30  # bytes of entries that are kept, the newest
ROOM = 64 << 20  # bytes that must be free
ENTRIES = "xla_compile_cache*.pb"  # beside them are files that are being written, *.tmp


_used: list[Path] = []  # the folder, once TensorFlow has been told of it


def start(wanted: bool = True) -> Path | None:
    """Lets TensorFlow keep what it compiles; returns the folder, or None where there is none that is safe.

    Args:
      wanted: False leaves everything as it is.
    """
    chosen = os.environ.get(SWITCH, "")
    if not wanted or chosen == "off" or "persistent_cache" in os.environ.get(FLAGS, ""):
        return None
    try:
        folder = (Path(chosen) if chosen else _usual_place()) / _fingerprint()
        folder.mkdir(parents=True, exist_ok=True)
        _try_writing(folder)
        _drop_broken(folder)
        _drop_oldest(folder)
    except (OSError, RuntimeError):  # no home, no permission, no space: compile as if there were no cache
        return None
    own = f"--tf_xla_persistent_cache_directory={folder} --tf_xla_persistent_cache_device_types=CPU"
    os.environ[FLAGS] = f"{os.environ.get(FLAGS, '')} {own}".strip()
    _used.append(folder)
    return folder


def is_to_blame(error: Exception) -> bool:
    """True if an error of TensorFlow comes from the folder: it is named, cannot be written, or holds a broken entry."""
    if not _used or not type(error).__module__.startswith("tensorflow"):
        return False
    (folder,) = _used
    try:
        _try_writing(folder)
        return str(folder) in str(error) or not all(map(_whole, folder.glob(ENTRIES)))
    except OSError:
        return True


def give_up() -> str:
    """Deletes the folder, tells this process and those that follow it to do without, and says so."""
    folder = _used.pop()
    shutil.rmtree(folder, ignore_errors=True)
    os.environ[SWITCH] = "off"
    os.environ[FLAGS] = " ".join(flag for flag in os.environ.get(FLAGS, "").split() if "persistent_cache" not in flag)
    return f"the compile cache {folder} could not be used and is deleted; starting again without it"


def _usual_place() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if os.path.isabs(cache) else Path.home() / ".cache") / "hetkeras" / "xla"


def _fingerprint() -> str:
    """Of everything that changes what is compiled and that TensorFlow's own key leaves out."""
    threads = [os.environ.get(f"TF_NUM_{name}_THREADS", "") for name in ("INTRAOP", "INTEROP")]
    flags = os.environ.get("XLA_FLAGS", ""), os.environ.get(FLAGS, "")
    parts = [version("tensorflow"), *flags, *_processor(), *threads, str(_cores())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _cores() -> int | None:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _processor() -> list[str]:
    """The model of the processor and what it can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return [platform.machine(), platform.processor()]
    told = ("vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU part")
    return sorted({line for line in lines if line.partition("\t")[0].partition(":")[0].strip() in told})


def _try_writing(folder: Path) -> None:
    if shutil.disk_usage(folder).free < ROOM:
        raise OSError(f"{folder} has less than {ROOM >> 20} MiB of room")
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"\0" * 4096)
        file.flush()
        os.fsync(file.fileno())


def _drop_broken(folder: Path) -> None:
    for entry in folder.glob(ENTRIES):
        if not _whole(entry):
            entry.unlink(missing_ok=True)


def _drop_oldest(folder: Path) -> None:
    """Deletes the entries that were written first, also of other versions and processors, until the rest fits."""
    kept = 0
    for _, size, entry in sorted(_sizes(folder.parent), reverse=True):
        kept += size
        if kept > LARGEST:
            entry.unlink(missing_ok=True)


def _sizes(place: Path) -> Iterator[tuple[float, int, Path]]:
    for entry in place.glob("*/xla_compile_cache*"):
        try:
            found = entry.stat()
        except FileNotFoundError:  # another process was faster
            continue
        yield found.st_mtime, found.st_size, entry


def _whole(entry: Path) -> bool:
    """Whether a file is as long as its fields say: a protocol buffer of fields that each name their length."""
    try:
        with entry.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            while stream.tell() < size:
                field, length = _varint(stream), _varint(stream)
                if field >> 3 == 0 or field & 7 not in (0, 2):
                    return False
                if field & 7 == 2:
                    stream.seek(length, os.SEEK_CUR)
            return 0 < stream.tell() == size
    except (FileNotFoundError, EOFError):
        return False


def _varint(stream: BinaryIO) -> int:
    number = shift = 0
    while True:
        byte = stream.read(1)
        if not byte:
            raise EOFError
        number |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            return number
