"""Firms at a wage of its own are those of a model whose weight of leisure is what labor costs there."""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.errors import CalibrationError
from hetkeras.models.khan_thomas import KhanThomas

PRICE, WAGE, ELASTICITY = 2.1, 1.3, 0.7
MODEL = KhanThomas(frisch_elasticity=ELASTICITY, leisure_weight=5.0)
COSTLY = KhanThomas(leisure_weight=PRICE * WAGE)
CHAIN = MODEL.idiosyncratic_chain
FIRM = tf.constant(CHAIN.values)[:, None], tf.constant([0.2, 1.0, 4.0], tf.float64), tf.constant(1.02, tf.float64)
GAINS = tf.constant(COSTLY.saturation_gain * np.linspace(-0.5, 1.5, 9))


@dataclasses.dataclass(frozen=True)
class Stated(PriceTakingFirms):
    """Khan and Thomas (2008) with nothing but what a model must state."""

    leisure_weight: float = 2.4
    frisch_elasticity: float | None = None
    discount_factor: ClassVar[float] = MODEL.discount_factor
    depreciation: ClassVar[float] = MODEL.depreciation
    largest_cost: ClassVar[float] = MODEL.largest_cost
    idiosyncratic_chain: ClassVar = MODEL.idiosyncratic_chain
    aggregate_chain: ClassVar = MODEL.aggregate_chain

    def output(self, idiosyncratic, capital, aggregate, price):
        return KhanThomas(leisure_weight=self.leisure_weight).output(idiosyncratic, capital, aggregate, price)

    def labor(self, idiosyncratic, capital, aggregate, price):
        return KhanThomas(leisure_weight=self.leisure_weight).labor(idiosyncratic, capital, aggregate, price)

    def cost_distribution(self, cost):
        return (cost / self.largest_cost) ** 2

    def consumption(self, price):
        return 1 / price


def prices(price=PRICE, wage=WAGE):
    return tf.constant(price, tf.float64), tf.constant(wage, tf.float64)


@pytest.mark.parametrize(
    ("elastic", "costly"),
    [
        (MODEL, COSTLY),
        (Stated(leisure_weight=5.0, frisch_elasticity=ELASTICITY), Stated(leisure_weight=PRICE * WAGE)),
    ],
)
def test_firms_do_what_they_would_with_another_weight_of_leisure(elastic, costly):
    firms = elastic.at(*prices())
    for name in ("output", "labor", "payoff", "marginal_payoff"):
        np.testing.assert_allclose(getattr(firms, name)(*FIRM), getattr(costly, name)(*FIRM, prices()[0]), rtol=1e-12)
    for name in ("adjustment_probability", "expected_friction_loss", "adjustment_labor"):
        np.testing.assert_allclose(getattr(firms, name)(GAINS), getattr(costly, name)(GAINS), rtol=1e-12, atol=1e-16)
    assert float(firms.labor_cost) == pytest.approx(costly.leisure_weight, rel=1e-15)


def test_without_a_wage_they_are_the_models_own():
    firms = COSTLY.at(prices()[0])
    for name in ("output", "labor", "payoff", "marginal_payoff"):
        np.testing.assert_array_equal(getattr(firms, name)(*FIRM), getattr(COSTLY, name)(*FIRM, prices()[0]))
    np.testing.assert_array_equal(firms.expected_friction_loss(GAINS), COSTLY.expected_friction_loss(GAINS))
    assert firms.labor_cost == COSTLY.leisure_weight


def test_prices_have_names():
    assert COSTLY.price_names == ("price",)
    assert MODEL.price_names == ("price", "wage")


@pytest.mark.parametrize("elasticity", [0.5, 2.0, 1e4])
def test_at_rest_both_markets_clear(elasticity):
    """The same firms rest with labor that is indivisible at the same p w; their labor is what is offered at it."""
    model = KhanThomas(frisch_elasticity=elasticity, leisure_weight=2.4 * 3 ** (1 / elasticity))
    mean_capital, price, wage = model.frictionless_steady_state(1.01)
    same = KhanThomas(leisure_weight=price * wage)
    np.testing.assert_allclose(same.frictionless_steady_state(1.01), (mean_capital, price), rtol=1e-9)
    ones = tf.ones((CHAIN.num_states,), tf.float64)
    chosen = same.frictionless_target(tf.constant(2), price * ones[0], price * tf.ones((5,), tf.float64))
    level = chosen * (mean_capital / (CHAIN.stationary() @ chosen.numpy()))  # at another aggregate state
    labor = same.labor(ones[:, None] * CHAIN.values, level[:, None], 1.01 * ones[0], price * ones[0])
    used = CHAIN.stationary() @ (CHAIN.transition * labor.numpy()).sum(1)
    assert model.leisure_weight * used ** (1 / elasticity) == pytest.approx(price * wage, rel=1e-9)
    assert float(model.labor_supply(tf.constant(price * wage, tf.float64))) == pytest.approx(used, rel=1e-6)


def test_the_elastic_limit_rests_where_indivisible_labor_does():
    near, limit = KhanThomas(frisch_elasticity=1e6), KhanThomas()
    found = near.frictionless_steady_state(1.0)
    np.testing.assert_allclose(found[:2], limit.frictionless_steady_state(1.0), rtol=1e-5)
    assert found[1] * found[2] == pytest.approx(limit.leisure_weight, rel=1e-5)


def test_an_elasticity_that_is_none_is_refused():
    with pytest.raises(CalibrationError, match=r"frisch_elasticity is 0\.0; expected above 0, or None where labor is"):
        KhanThomas(frisch_elasticity=0.0)
