"""Slices of a solution for figures: what they hold is what firms at the nodes choose."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.policy_slices import PRICES, branch_slices
from tests.small_branches import MODEL, solved

MEAN = 0.9


@pytest.fixture(scope="module")
def slices():
    return branch_slices(MODEL, solved().policy, MEAN)


def chosen(state, factor):
    policy = solved().policy
    economy = tf.constant([state]), tf.constant([MEAN], tf.float64)
    price = factor * policy.forecast(*economy)[1]
    choice = policy.choose(policy.outlook(*economy), price)
    remaining = 0.84 * MODEL.capital_nodes[:, None], 0.74 * MODEL.labor_nodes
    levels = choice.capital_next[0].numpy(), choice.labor[0].numpy()
    digits = choice.adjusts_capital[0].numpy(), choice.adjusts_labor[0].numpy()
    return [digit * (level - left) for digit, level, left in zip(digits, levels, remaining, strict=True)]


def nearest(nodes, share):
    return np.abs(nodes - nodes[0] - share * (nodes[-1] - nodes[0])).argmin()


def test_there_is_a_line_for_every_productivity_at_three_places(slices):
    names = {f"z{z}_e{e}_h{h}" for z in (1, 2, 3) for e in (1, 2, 3) for h in (1, 2, 3)}
    assert slices["investment_slice"].keys() == names | {"capital"}
    assert slices["hiring_slice"].keys() == names | {"lagged_labor"}
    np.testing.assert_array_equal(slices["investment_slice"]["capital"], MODEL.capital_nodes)
    np.testing.assert_array_equal(slices["hiring_slice"]["lagged_labor"], MODEL.labor_nodes)


def test_lines_are_what_firms_choose_at_the_expected_price(slices):
    investment, hiring = chosen(8, 1.0)  # the highest productivity, uncertainty low and was
    for place, share in enumerate((0.25, 0.5, 0.75), 1):
        at_labor, at_capital = nearest(MODEL.labor_nodes, share), nearest(MODEL.capital_nodes, share)
        found = slices["investment_slice"][f"z3_e2_h{place}"], slices["hiring_slice"][f"z3_e2_h{place}"]
        np.testing.assert_allclose(found[0], investment[1, :, at_labor], atol=1e-12)
        np.testing.assert_allclose(found[1], hiring[1, at_capital], atol=1e-12)
    assert (slices["investment_slice"]["z3_e2_h2"] == 0).any()


def test_by_price_the_firm_stays_where_it_is(slices):
    columns = slices["price_slice"]
    k, n = nearest(MODEL.capital_nodes, 0.5), nearest(MODEL.labor_nodes, 0.25)
    for place in (0, 80, 160):
        investment, hiring = chosen(4, PRICES[place])
        np.testing.assert_allclose(
            [columns[f"investment_{e}"][place] for e in (1, 2, 3)], investment[:, k, n], atol=1e-12
        )
        np.testing.assert_allclose([columns[f"hiring_{e}"][place] for e in (1, 2, 3)], hiring[:, k, n], atol=1e-12)
    assert (np.diff(columns["price"]) > 0).all()
