"""Figures of who adjusts and of how firms are spread: what they hold is what the firms of a distribution choose."""

import numpy as np
import pytest

from hetkeras.methods.krusell_smith.branching.distributions import branch_distributions
from tests.small_branches import MODEL, solved

SHAPE = 3, 14, 11


def told(mass):
    return branch_distributions(MODEL, solved().policy, mass)


@pytest.fixture(scope="module")
def mass():
    """Firms in the lower half of capital, more of them where labor is high."""
    found = np.zeros(SHAPE)
    found[:, :7] = np.arange(1.0, 12.0)
    return found / found.sum()


def test_all_firms_are_counted_once(mass):
    tables = told(mass)
    spread, rates = tables["capital_distribution"], tables["investment_rates"]
    np.testing.assert_allclose(spread["share"], mass.sum((0, 2)), atol=1e-15)
    assert ((spread["low"] <= MODEL.capital_nodes) & (MODEL.capital_nodes <= spread["high"])).all()
    assert rates["adjusting"].sum() + rates["waiting"].sum() == pytest.approx(1)
    still = (rates["low"] <= 0) & (rates["high"] > 0)
    assert rates["waiting"][still].sum() == pytest.approx(rates["waiting"].sum())


def test_probabilities_are_of_the_firms_that_are_there(mass):
    found = told(mass)
    hazard = np.array([found["adjustment_slice"][f"adjusting_{e}"] for e in (1, 2, 3)])
    moving = (hazard[:, :7] * mass.sum(-1)[:, :7]).sum()
    assert moving == pytest.approx(found["investment_rates"]["adjusting"].sum())
    assert 0 < moving < 1
    one = np.zeros(SHAPE)
    one[:, :, 4] = 1 / 42  # of one labor, a firm adjusts or it does not
    alone = np.array([row for name, row in told(one)["adjustment_slice"].items() if name != "capital"])
    assert set(np.unique(alone)) == {0.0, 1.0}


def test_where_there_are_no_firms_labor_is_that_of_all(mass):
    """A few firms up there, with that labor, change nothing."""
    hair = mass + 1e-15
    some = mass.copy()
    some[:, 7:] = 1e-6 * mass[:, :1]
    sparse, dense = (told(each / each.sum())["adjustment_slice"] for each in (hair, some))
    for e in (1, 2, 3):
        np.testing.assert_allclose(sparse[f"adjusting_{e}"], dense[f"adjusting_{e}"], atol=1e-9)
