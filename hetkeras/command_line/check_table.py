"""The table of checks for people: shares in per cent, and what each check is in one line."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from hetkeras.diagnosis.diagnosis import CHECK_HEADER, Diagnosis
from hetkeras.diagnosis.table import table

WIDE = 160  # columns where the width of a terminal is not known
ROOM = 24  # columns that are too few for words


def check_table(rows: Iterable[Sequence[Any]], width: int | None = None) -> str:
    """Returns check, measured, expected, verdict, and what it is, as wide as the terminal at most.

    Args:
      rows: check, measured, expected, verdict.
      width: columns; default: those of the terminal.
    """
    from hetkeras.report.runs import glossary  # matplotlib comes with it, and not into the start of every command

    written = [in_units(row) for row in rows]
    plain = table(CHECK_HEADER, written)
    used = max(map(len, plain.splitlines())) + 2
    room = (width or shutil.get_terminal_size((WIDE, 24)).columns) - used
    if room < ROOM:
        return plain
    words = [glossary.explanation(check).split(". ")[0].rstrip(".") for check, *_ in written]
    told = [(*row, textwrap.shorten(each, room, placeholder=" ...")) for row, each in zip(written, words, strict=True)]
    return table((*CHECK_HEADER, "what it is"), told)


def in_units(row: Sequence[Any]) -> tuple[str, str, str, str]:
    """The row of a check, check, measured, expected, verdict, with shares in per cent."""
    from hetkeras.report.runs import glossary

    check, measured, expected, verdict = row
    return check, glossary.quantity(check, measured), glossary.limit(check, expected), verdict


def verdict_of(diagnosis: Diagnosis) -> str:
    """The table and the verdict."""
    why = f" ({diagnosis.reason})" if diagnosis.reason else ""
    return f"{check_table(diagnosis.rows())}\n\nconverged: {diagnosis.converged}{why}"
