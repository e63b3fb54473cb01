"""The one family of errors that hetkeras raises for something a user can mend."""

from collections.abc import Sequence
from typing import Any

LONGEST = 200  # characters of a value in a message


class HetkerasError(Exception):
    """Base of every error with a remedy in its message; apps print it and exit non-zero."""


class CalibrationError(HetkerasError, ValueError):
    """A calibration is out of range, incomplete or names an unknown field."""


class ShapeError(HetkerasError, ValueError):
    """A tensor has the wrong rank or axis length."""


class RunDirectoryError(HetkerasError):
    """A run directory cannot be used: not writable, of another run, or damaged."""


class TrainingDiverged(HetkerasError):
    """A loss term or a gradient became NaN or infinite."""


class WorkerLost(HetkerasError):
    """Another process that trains on the same batches has ended."""


class SavedModelError(HetkerasError):
    """A SavedModel is missing, truncated, edited or of another model."""


class UntrustedModelError(SavedModelError):
    """A SavedModel keeps the file of its model, which was not said to be trusted."""


class OnnxError(HetkerasError):
    """An exported function has no counterpart in ONNX, or one that says something else."""


class ModelFileError(HetkerasError):
    """A file with a model cannot be read, raises, or holds no such model."""


class EstimationError(HetkerasError, ValueError):
    """Moments, their covariance, weights or bounds are no ground for an estimate."""


class SweepError(HetkerasError, ValueError):
    """Cases of a sweep contradict each other, or what should run them is not there."""


def first_line(error: BaseException) -> str:
    """The first line of what an error says, or its kind if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def unwritten(path: object, error: BaseException) -> RunDirectoryError:
    """What to raise where a file of a run cannot be written."""
    return RunDirectoryError(
        f"writing failed: {path} ({first_line(error)}); free some space or give permission, and start the same command "
        "again to resume"
    )


def listed(head: str, problems: Sequence[str]) -> str:
    """A message about some problems: one line for one of them, a list for several."""
    return f"{head}: {problems[0]}" if len(problems) == 1 else "\n  - ".join([f"{head}:", *problems])


def brief(value: Any) -> str:
    """A value in a message, in one line and not too long."""
    return cut(repr(value))


def cut(text: str) -> str:
    """A text in a message, in one line and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def one_line(text: str) -> str:
    """A whole message in one line; only what is too long for a word is shortened."""
    return " ".join(cut(word) for word in text.split())
