"""The exact solution that networks are compared with is one, or it is refused."""

import numpy as np
import pytest

from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.branching.measure import exact_policy
from tests.small_branches import MODEL


def test_forecasts_that_are_no_numbers_have_no_exact_solution():
    with pytest.raises(TrainingDiverged, match=r"Bellman residual of nan; expected at most 1e-09.*--reference=none"):
        exact_policy(MODEL, lambda aggregate, capital: (capital, np.nan * capital), (1, 1))
