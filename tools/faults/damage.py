"""What happens to files: cut short, garbled, lost, or something else in their place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

Harm = Callable[[Path], object]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes() or b"\0")
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def _pipe(path: Path) -> None:
    _lose(path)
    os.mkfifo(path)


def _fold(path: Path) -> None:
    _lose(path)
    path.mkdir()


def _lose(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _link(path: Path) -> None:
    _lose(path)
    path.symlink_to("nowhere")


def _replace(path: Path) -> None:
    _lose(path)
    path.write_bytes(b"\x89a file\n")


def _grow(path: Path) -> None:
    with path.open("ab") as stream:
        stream.truncate(300 << 20)  # a hole: it takes no room


OF_FILES: Mapping[str, Harm] = {
    "emptied": lambda path: path.write_bytes(b""),
    "cut in half": _cut,
    "one bit flipped": _flip,
    "garbled": lambda path: path.write_bytes(bytes(range(256)) * (path.stat().st_size // 256 + 1)),
    "something appended": lambda path: path.write_bytes(path.read_bytes() + b"more"),
    "grown to 300 MB": _grow,
    "lost": _lose,
    "a folder in its place": _fold,
    "a pipe in its place": _pipe,
    "a broken link in its place": _link,
}
OF_FOLDERS: Mapping[str, Harm] = {
    "lost": _lose,
    "a file in its place": _replace,
    "a pipe in its place": _pipe,
    "a broken link in its place": _link,
}
