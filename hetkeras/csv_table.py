"""CSV files that users bring: one reader, which refuses what it could misread and names the line, never the content."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from hetkeras.errors import CalibrationError

MISSING = ("", "na", "n/a", "#n/a", "n.a.", "nan", "null", "none", "unknown", "missing", "?", "-", ".")  # in any case
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_BYTES = 2**26
REWRITE = "write it with commas between cells and points in numbers (pandas: read_csv(sep=..., decimal=...), to_csv)"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)


@dataclasses.dataclass(frozen=True)
class CsvTable:
    """Cells by column name, [R] each, without blanks around them, and the lines of the file that rows begin in, [R].

    Text is UTF-8, cells are separated by commas, the first row that is not blank has the names. Blank rows, and blank
    columns without a name, are left out; so is a byte-order mark.
    """

    path: Path
    lines: tuple[int, ...]
    columns: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]  # of columns in errors: names that were asked for, else positions

    @classmethod
    def read(cls, path: str | Path, required: Sequence[str], expected: str) -> Self:
        """Reads a file that has some columns, others beside them, and at least one row.

        Args:
          path: of the file.
          required: names of columns.
          expected: what the file should be, in a few words for errors.

        Raises:
          CalibrationError: if the file cannot be read, has other separators, unequal rows, a column twice or without a
            name, no rows, or lacks a column.
        """
        path = Path(path)
        try:
            (_, header), *rows = _rows(_text(path)) or [(1, [])]
            _check_separators(header)
            kept = _named(header, rows)
        except (OSError, ValueError, csv.Error) as error:
            raise CalibrationError(f"{path} cannot be read: {_reason(error)}; expected {expected}") from error
        missing = [name for name in required if name not in kept]
        if missing or not rows:
            what = f"lacks the columns {', '.join(missing)}" if missing else "has no rows"
            raise CalibrationError(f"{path} {what}; expected {expected}")
        cells = {name: tuple(row[column] for _, row in rows) for name, column in kept.items()}
        labels = {name: name if name in required else f"column {column + 1}" for name, column in kept.items()}
        return cls(path, tuple(line for line, _ in rows), cells, labels)

    def words(self, name: str) -> tuple[str, ...]:
        """Text in each row of a column.

        Raises:
          CalibrationError: if a cell is empty.
        """
        for row, cell in enumerate(self.columns[name]):
            if not cell:
                raise self.error(row, f"the cell of {self.labels[name]} is missing; fill it in")
        return self.columns[name]

    def names(self, name: str, kind: str) -> tuple[str, ...]:
        """As `words`, each once; `kind` says what they name.

        Raises:
          CalibrationError: if a cell is empty, or another row has it too.
        """
        first: dict[str, int] = {}
        for row, cell in enumerate(self.words(name)):
            if first.setdefault(cell, row) != row:
                raise self.error(row, f"the {kind} of line {self.lines[first[cell]]} is there again; once")
        return self.columns[name]

    def numbers(self, name: str, smallest: float = -math.inf, largest: float = math.inf) -> np.ndarray:
        """Numbers of a column, [R], within a range.

        Raises:
          CalibrationError: if a cell is missing, is no plain finite number, or is out of the range.
        """
        return np.array([self._number(row, name, smallest, largest) for row in range(len(self.lines))])

    def error(self, row: int, problem: str) -> CalibrationError:
        """An error that names file and line."""
        return CalibrationError(f"{self.path}, line {self.lines[row]}: {problem}")

    def _number(self, row: int, name: str, smallest: float, largest: float) -> float:
        cell = self.columns[name][row]
        if is_missing(cell):
            raise self.error(row, f"the cell of {self.labels[name]} is missing; fill it in")
        if not _NUMBER.fullmatch(cell) or not math.isfinite(value := float(cell)):
            raise self.error(
                row, f"{self.labels[name]} is no plain number; expected one such as 0.25 or 1e-3{_hint(cell)}"
            )
        if not smallest <= value <= largest:
            raise self.error(row, f"{self.labels[name]} is out of range; expected from {smallest:g} to {largest:g}")
        return value


def is_missing(cell: str) -> bool:
    """Whether a cell says that nothing is known."""
    return cell.lower() in MISSING


def _text(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise ValueError("it is no file")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES // 2**20} MiB")
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError("its encoding is UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)")
    if b"\0" in content:
        raise ValueError("it has zero bytes, as UTF-16 and binary files do; save it as UTF-8 text")
    try:
        return unicodedata.normalize("NFC", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line, windows = content[: error.start].count(b"\n") + 1, any(0x80 <= byte < 0xA0 for byte in content)
        name = "Windows-1252 (or another code page)" if windows else "Latin-1 (ISO-8859-1)"
        code = "WINDOWS-1252" if windows else "LATIN1"
        raise ValueError(
            f"line {line} is not UTF-8; its encoding is probably {name}: save it as UTF-8 (iconv -f {code} -t UTF-8)"
        ) from error


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, with the lines that they begin in."""
    reader, found, line = csv.reader(io.StringIO(text, newline=""), strict=True), [], 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {line}: {error}; is there a quote that is not closed?") from error
    return found


def _check_separators(header: Sequence[str]) -> None:
    counts = {mark: sum(cell.count(mark) for cell in header) for mark in SEPARATORS}
    counts[","] = max(len(header) - 1, 0)
    most = max(counts, key=lambda mark: counts[mark])
    if counts[most] > counts[","]:
        raise ValueError(f"cells are separated by {SEPARATORS[most]}; {REWRITE}")


def _named(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> dict[str, int]:
    """Positions of columns by name."""
    for line, row in rows:
        if len(row) != len(header):
            cut, commas = "is it cut short?", "quote cells that have commas, and write numbers with points"
            hint = cut if len(row) < len(header) else commas
            raise ValueError(f"line {line} has {len(row)} cells under {len(header)} columns; {hint}")
    places: dict[str, int] = {}
    for column, name in enumerate(header):
        if not name and any(row[column] for _, row in rows):
            raise ValueError(f"column {column + 1} has no name; name it or take it out (pandas: to_csv(index=False))")
        if name in places:
            raise ValueError(f"columns {places[name] + 1} and {column + 1} have the same name")
        if name:
            places[name] = column
    return places


def _hint(cell: str) -> str:
    if _DECIMAL_COMMA.fullmatch(cell):
        return ", with a point for the decimal comma"
    return ", without the percent sign" if cell.endswith("%") else ""


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
