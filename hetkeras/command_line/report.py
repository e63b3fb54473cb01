"""Draws the page of a solve, a study, a sweep or an estimate from its directory; nothing is trained or measured again.

  hetkeras report DIRECTORY

Example:
  hetkeras report runs/khan_thomas
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hetkeras.command_line import option_flags
from hetkeras.command_line.words import the_only
from hetkeras.report.page import write_report


def prepare(words: Sequence[str]) -> str:
    """Defines the flags and returns the help."""
    del words
    option_flags.define_path(
        "run_dir", None, "Directory of a solve, a study, a sweep or an estimate; the same as the word."
    )
    return str(__doc__)


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      CalibrationError: if no directory is given, or two.
      RunDirectoryError: if there is nothing to draw.
    """
    directory = the_only(words, "run_dir", "directories", "hetkeras report runs/khan_thomas")
    print(f"page: {write_report(Path(directory))}")
