"""Moments over further paths: of a simulator whose series are known, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.sampling_error import SEED, sampled_moments
from hetkeras.methods.krusell_smith.business_cycle import AGGREGATES, business_cycle_moments
from hetkeras.methods.krusell_smith.diagnosis import SimulationPlan
from hetkeras.numerics.markov_chain import MarkovChain

CHAIN = MarkovChain(np.array([0.9, 1.0, 1.1]), np.full((3, 3), 1 / 3))
PLAN = SimulationPlan(np.zeros(120, int), 20, 1600.0)
POWERS = dict(zip(AGGREGATES, (1.0, 2.0, -0.5, 0.3), strict=True))


class Powers:
    """Aggregates are powers of productivity."""

    def run(self, path):
        level = CHAIN.values[path]
        return SimpleNamespace(series={name: level**power for name, power in POWERS.items()})


def test_means_and_deviations_are_those_of_each_path_on_its_own():
    found = sampled_moments(Powers(), CHAIN, PLAN, 5)
    each = []
    for draws in np.random.default_rng(SEED).uniform(size=(5, 120)):
        level = CHAIN.values[CHAIN.paths(1, draws)][20:119]
        each.append(business_cycle_moments({name: level**power for name, power in POWERS.items()}, 1600.0))
    assert found["paths"] == 5
    for name in ("sd_output", "sd_investment", "correlation_labor"):
        values = [moments[name] for moments in each]
        assert found[f"{name}_paths"] == pytest.approx(np.mean(values), rel=1e-12)
        assert found[f"{name}_paths_sd"] == pytest.approx(np.std(values, ddof=1), rel=1e-9)
    assert found["sd_investment_paths"] == pytest.approx(2 * found["sd_output_paths"], rel=1e-9)
    assert found["correlation_labor_paths"] == pytest.approx(-1)
    assert 0 < found["sd_output_paths_sd"] < 0.3 * found["sd_output_paths"]


def test_one_path_has_no_deviation():
    with pytest.raises(CalibrationError, match="1 further paths were asked for; expected 0 or at least 2"):
        sampled_moments(Powers(), CHAIN, PLAN, 1)
