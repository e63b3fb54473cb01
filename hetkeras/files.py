"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> None:
    """Replaces the file at path in one step; an interrupted write leaves the old one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
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
