"""The curve of training as a file: every metric after each chunk, the same whether a run was interrupted or not."""

from __future__ import annotations

from pathlib import Path

from hetkeras.errors import unwritten
from hetkeras.files import write_text
from hetkeras.training.trainer import Progress

FILE = "training.csv"
HEADER = "step,metric,value\n"


class TrainingCurve:
    """Appends a row for each metric of each chunk.

    What a killed run wrote after its last checkpoint is dropped when the run resumes.

    Args:
      path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._resumed = path, False

    def __call__(self, progress: Progress) -> None:
        """Writes what a chunk has come to.

        Raises:
          RunDirectoryError: if it cannot be written.
        """
        rows = "".join(f"{progress.step},{name},{value!r}\n" for name, value in progress.metrics.items())
        try:
            if not self._resumed:
                write_text(self._path, self._before(progress.step))
                self._resumed = True
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(rows)
        except OSError as error:
            raise unwritten(self._path, error) from error

    def _before(self, step: int) -> str:
        """The header, and rows of earlier steps that are whole."""
        known = self._path.read_text(encoding="utf-8", errors="replace") if self._path.is_file() else ""
        lines = [line for line in known.splitlines(keepends=True) if line.endswith("\n") and line.count(",") == 2]
        earlier = [line for line in lines if (done := line.split(",")[0]).isdecimal() and int(done) < step]
        return "".join([HEADER, *earlier])
