"""Weighting matrices of moments: optimal, diagonal, identity, or one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.errors import EstimationError
from hetkeras.estimation.named_matrix import named_matrix
from hetkeras.estimation.targets import Targets, check_definite

KINDS = ("optimal", "diagonal", "identity")
OWN = "own"
WHAT = "the weighting matrix"


def weighting_matrix(weights: Any, targets: Targets) -> tuple[str, np.ndarray]:
    """The kind of weights, and the matrix W, [M, M].

    Args:
      weights: one of KINDS (inverse of the covariance, of its diagonal, ones), or a matrix or file as `named_matrix`
        takes it.
      targets: with the covariance.

    Raises:
      EstimationError: if it is neither, or an own matrix is of other moments or not positive definite.
    """
    if isinstance(weights, str) and weights in KINDS:
        variances = np.diag(targets.covariance)
        kinds = {
            "optimal": lambda: np.linalg.inv(targets.covariance),
            "diagonal": lambda: np.diag(1 / variances),
            "identity": lambda: np.eye(len(variances)),
        }
        return weights, kinds[weights]()
    if isinstance(weights, str) and not Path(weights).is_file():
        raise EstimationError(f"weights is '{weights}'; expected {', '.join(KINDS)}, a matrix, or a file with one")
    matrix = named_matrix(weights, targets.names, WHAT)
    check_definite(matrix, targets.names, WHAT)
    return OWN, matrix
