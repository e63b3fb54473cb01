"""The ends of the nodes of capital: where a simulation starts, and how many firms are held there."""

from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.diagnosis import FIRMS_AT_ENDS, SimulationPlan, _at_ends, ends_checks
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.simulator import EconomySimulator, FirmPaths
from hetkeras.models.bloom import Bloom
from hetkeras.models.khan_thomas import KhanThomas


def lumpy(**calibration):
    model = KhanThomas(**calibration)
    return FirmSimulator(model, None, Histogram(*model.capital_bounds, 50))


def branching(**calibration):
    model = Bloom(**calibration)
    return BranchingEconomies(model, SimpleNamespace(histogram=JointHistogram.of(model)))


@pytest.mark.parametrize("simulator", [lumpy(), branching()], ids=["lumpy", "branching"])
def test_the_papers_economies_start_with_firms_everywhere(simulator):
    mass = simulator.starting_mass(2)
    assert mass.shape == (2, *simulator.even_mass().shape)
    assert mass.min() == mass.max() == pytest.approx(1 / mass[0].size, rel=1e-12)


@pytest.mark.parametrize(
    "simulator",
    [lumpy(greatest_capital=3.0), lumpy(smallest_capital=1.0, greatest_capital=40.0), branching(num_capital=70)],
    ids=["low", "high", "branching"],
)
def test_others_start_at_rest(simulator):
    model = simulator.model
    (mass,) = simulator.starting_mass(1)
    simulator.check_mass(mass[None])
    even, started = (float(simulator.mean_capital(each[None])[0]) for each in (simulator.even_mass(), mass))
    low, high = model.mean_capital_bounds
    assert not low <= even <= high
    assert started == pytest.approx(model.frictionless_steady_state(1.0)[0], rel=1e-9)
    others = mass.reshape(len(mass), -1).sum(1)
    assert others == pytest.approx(1 / len(mass), rel=1e-12)
    assert np.count_nonzero(simulator.capital_shares(mass)) == 2


class Told:
    """A simulator whose distributions [T, E, H] are known."""

    ends = EconomySimulator.ends

    def __init__(self, masses):
        self.masses = masses

    def run(self, path, periods=None):
        shown = self.masses[: periods or len(path)]
        return FirmPaths({}, shown[-1:], shown.mean(0)[None])

    capital_shares = FirmSimulator.capital_shares


@pytest.mark.parametrize("burn_in", [0, 4])
def test_firms_at_the_ends_are_counted_after_the_burn_in(burn_in):
    masses = np.random.default_rng(0).dirichlet(np.ones(15), 12).reshape(12, 3, 5)
    masses[burn_in:, :, 0] = 0
    simulator, path = Told(masses), np.zeros(12, int)
    found = _at_ends(simulator, simulator.run(path[:, None]), SimulationPlan(path, burn_in, 100.0))
    assert found["firms_at_least_capital"] == pytest.approx(0, abs=1e-15)
    assert found["firms_at_least_capital"] >= 0
    assert found["firms_at_greatest_capital"] == pytest.approx(masses[burn_in:, :, -1].sum(1).mean(), rel=1e-12)


@pytest.mark.parametrize("end", ["least", "greatest"])
def test_more_than_a_thousandth_of_firms_is_no_solution(end):
    few = dict.fromkeys((f"firms_at_{each}_capital" for each in ("least", "greatest")), FIRMS_AT_ENDS)
    assert all(check.passed for check in ends_checks(few))
    failed = [check for check in ends_checks(few | {f"firms_at_{end}_capital": 1.1e-3}) if not check.passed]
    assert [check.advice.startswith(f"firms are held at the {end} capital") for check in failed] == [True]
