"""The benchmark of firms with branches: times of a market that did not clear are refused."""

import numpy as np
import pytest

from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from tools.benchmark_bloom import timed


class Stuck:
    """Finds no price in one of four periods."""

    def run(self, path, periods=None):
        return FirmPaths({"cleared": np.array([1.0, 1.0, 0.0, 1.0])}, *np.ones((2, 1)))


def test_periods_without_a_price_are_refused():
    with pytest.raises(TrainingDiverged, match=r"only 75\.00% of the periods found a price; expected all"):
        timed(Stuck(), np.zeros((4, 1), int))
