"""Moments of the data and the covariance of their sampling errors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from hetkeras.csv_table import CsvTable
from hetkeras.errors import EstimationError
from hetkeras.estimation.named_matrix import FIRST, named_matrix

SMALLEST_EIGENVALUE = 1e-10  # of the matrix of correlations: below, inverting it loses all but a few digits
WHAT = "the covariance"


@dataclasses.dataclass(frozen=True)
class Targets:
    """What a model's moments are held against.

    names: of the moments.
    values: of them in the data, [M].
    covariance: of their sampling errors, [M, M]; positive definite.
    """

    names: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, moments: Mapping[str, float] | str | Path, covariance: Any) -> Self:
        """Targets from name -> value or a file, see `read_moments`, and a covariance, see `named_matrix`.

        Raises:
          EstimationError: if there are none, one is not finite, or the covariance is of others or not definite.
        """
        given = read_moments(moments) if isinstance(moments, str | Path) else dict(moments)
        found = {str(name): float(value) for name, value in given.items()}
        if not found:
            raise EstimationError("moments is empty; expected name -> value of at least one moment")
        for name, value in found.items():
            if not math.isfinite(value):
                raise EstimationError(
                    f"the moment {name} is {value}; expected a finite number: mend it or leave it out"
                )
        names = tuple(found)
        matrix = named_matrix(covariance, names, WHAT)
        check_definite(matrix, names, WHAT)
        return cls(names, np.array(list(found.values())), matrix)

    @property
    def standard_errors(self) -> np.ndarray:
        """Of the moments, [M]."""
        return np.sqrt(np.diag(self.covariance))


def read_moments(path: str | Path) -> dict[str, float]:
    """Name -> value out of a CSV file with the columns `moment` and `value`.

    Raises:
      CalibrationError: if `CsvTable` refuses it.
    """
    table = CsvTable.read(path, (FIRST, "value"), f"the columns {FIRST} and value, a row a moment")
    return dict(zip(table.names(FIRST, FIRST), map(float, table.numbers("value")), strict=True))


def check_definite(matrix: np.ndarray, names: Sequence[str], what: str) -> None:
    """Refuses a matrix [M, M] that is not positive definite, or so nearly not that its inverse means nothing.

    Raises:
      EstimationError: naming the moments at fault.
    """
    for name, variance in zip(names, np.diag(matrix), strict=True):
        if variance <= 0:
            raise EstimationError(
                f"{what} of {name} with itself is {variance:.4g}; expected a number above zero, or without that moment"
            )
    scale = np.sqrt(np.diag(matrix))
    eigenvalues, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    if eigenvalues[0] < SMALLEST_EIGENVALUE:
        shares = np.abs(vectors[:, 0])
        tied = [name for name, share in zip(names, shares, strict=True) if share > 0.1 * shares.max()]
        raise EstimationError(
            f"{what} is not positive definite: scaled to ones on the diagonal, its smallest eigenvalue is "
            f"{eigenvalues[0]:.2g}, expected at least {SMALLEST_EIGENVALUE:g}; leave one of {', '.join(tied)} out"
        )
