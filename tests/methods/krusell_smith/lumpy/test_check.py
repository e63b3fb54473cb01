"""The check of a model: sound ones say nothing, each broken one exactly what is wrong with it."""

import types

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.check import check_firms
from hetkeras.models.khan_thomas import KhanThomas

MODEL = KhanThomas()
IMPATIENT = KhanThomas(
    discount_factor=0.9, depreciation=0.15, largest_cost=0.05, smallest_mean_capital=0.3, greatest_mean_capital=0.5
)


def broken(fields=None, **members):
    return type("Broken", (KhanThomas,), members)(**fields or {})


def scaled(name, factor):
    """The member of that name, multiplied."""
    return lambda self, *arguments: factor * getattr(KhanThomas, name)(self, *arguments)


def chain_of(values, transition):
    return types.SimpleNamespace(values=np.array(values), transition=np.array(transition), num_states=len(values))


def wrong_resale(self, idiosyncratic, capital, aggregate, price):
    return KhanThomas.payoff(self, idiosyncratic, capital, aggregate, price) + 0.02 * price * capital


def wrong_resale_slope(self, idiosyncratic, capital, aggregate, price):
    return KhanThomas.marginal_payoff(self, idiosyncratic, capital, aggregate, price) + 0.02 * price


def falling_share(self, gain):
    plain = KhanThomas.adjustment_probability(self, gain)
    return plain + 0.6 * tf.sin(9 * plain) * plain * (1 - plain)


def early_share(self, gain):
    return KhanThomas.adjustment_probability(self, gain + self.saturation_gain / 2)


ELASTIC = {"frisch_elasticity": 0.5, "leisure_weight": 21.6}
SOUND = {
    "paper": MODEL,
    "impatient": IMPATIENT,
    "elastic": KhanThomas(**ELASTIC),
    "nearly indivisible": KhanThomas(frisch_elasticity=1e4),
}
BROKEN = {
    "chain": (
        {"idiosyncratic_chain": property(lambda self: chain_of([0.9, 1.1], [[0.5, 0.4], [0.5, 0.5]]))},
        "idiosyncratic_chain: row 0 of its transition sums to 0.9; expected 1",
    ),
    "logs": (
        {"aggregate_chain": property(lambda self: chain_of([-0.1, 0.1], [[0.5, 0.5], [0.5, 0.5]]))},
        "aggregate_chain: the smallest productivity is -0.1; expected levels above 0, not logs",
    ),
    "patience": (
        {"fields": {"discount_factor": 1.0}, "_problems": lambda self, check: ()},
        "discount_factor is 1.0; expected strictly between 0 and 1",
    ),
    "cost": (
        {"max_friction_loss": property(lambda self: np.inf)},
        "max_friction_loss is inf; expected a finite number above 0",
    ),
    "no rest": (
        {
            "frictionless_steady_state": PriceTakingFirms.frictionless_steady_state,
            "consumption": lambda self, price: 1e300 + 0 * price,
        },
        "Broken has no price from 1e-14 to 8e+13 at which firms without frictions leave households what they want; ",
    ),
    "range": ({"capital_bounds": (3.0, 2.0)}, "capital_bounds is 3 to 2; expected from above 0 upwards"),
    "outside": (
        {"mean_capital_bounds": (1.5, 2.0)},
        "frictionless_steady_state(0.9468) is K = 1.41877 at the price 2.40978; ",
    ),
    "shape": (
        {"unadjusted_capital": lambda self, capital: KhanThomas.unadjusted_capital(self, capital)[None]},
        "unadjusted_capital gives float64 (1, 5); expected float64 (5,)",
    ),
    "type": (
        {"adjustment_labor": lambda self, gain: tf.constant(0.1, tf.float64) + tf.cast(gain, tf.float64)},
        "adjustment_labor gives float64 (2, 3); expected float32 (2, 3)",
    ),
    "fails": (
        {"adjustment_labor": lambda self, gain: tf.constant(0.1, tf.float64) * gain},
        "adjustment_labor fails on float32 tensors: ",
    ),
    "nan": (
        {"adjustment_labor": lambda self, gain: gain / gain},
        "adjustment_labor is NaN or infinite at an economy at rest; expected finite numbers",
    ),
    "labor": (
        {"labor": scaled("labor", 1.1), "output": lambda self, *firm: KhanThomas.output(self, *firm) / 1.1},
        "labor is not the best input: price x output - leisure_weight x labor rises in the price by other than output",
    ),
    "slope": (
        {"marginal_payoff": scaled("marginal_payoff", 1.001)},
        "marginal_payoff is off the slope of payoff in capital by 0.001; expected its derivative",
    ),
    "resale": (
        {"payoff": wrong_resale, "marginal_payoff": wrong_resale_slope},
        "payoff sells capital that is off depreciated_capital by 0.021; expected price x (output + depreciated",
    ),
    "unadjusted_capital": (
        {"unadjusted_capital": scaled("unadjusted_capital", 0.9)},
        "unadjusted_capital is below depreciated_capital; expected at least what depreciation leaves",
    ),
    "negative share": (
        {"adjustment_probability": lambda self, gain: KhanThomas.adjustment_probability(self, gain) - 0.1},
        "adjustment_probability goes from -0.1 to 0.9; expected from 0 to 1",
    ),
    "falling share": (
        {"adjustment_probability": falling_share},
        "adjustment_probability falls in the gain somewhere; expected a share that never falls",
    ),
    "early": (
        {"adjustment_probability": early_share},
        "adjustment_probability is above 0 where the gain is below; expected that no firm pays to lose",
    ),
    "never all": (
        {
            "cost_distribution": lambda self, cost: 0.9 * cost / self.largest_cost,
            "adjustment_probability": PriceTakingFirms.adjustment_probability,
        },
        "adjustment_probability is 0.9 beyond saturation_gain; expected 1, as cost_distribution at largest_cost",
    ),
    "expected_friction_loss": (
        {"expected_friction_loss": scaled("expected_friction_loss", 0.99)},
        "the slope of expected_friction_loss is off the share that does not adjust by 0.01; expected 1 -",
    ),
    "bound": (
        {"max_friction_loss": property(lambda self: 0.009)},
        "expected_friction_loss reaches 0.00996; expected no more than max_friction_loss, 0.009",
    ),
    "lost": (
        {"expected_friction_loss": lambda self, gain: KhanThomas.expected_friction_loss(self, gain) - 0.001},
        "expected_friction_loss of no gain is not 0; expected that nothing is lost where nothing is gained",
    ),
    "demand": (
        {"consumption": lambda self, price: 0.2 + 0.1 * price},
        "excess_demand does not fall in the price somewhere; expected that it always does",
    ),
    "two demands": (
        {"excess_demand": lambda self, consumption, price: 1.01 / price - consumption},
        "excess_demand is off consumption(price) less its argument by 0.01; expected their difference",
    ),
    "rest": (
        {
            "frictionless_steady_state": lambda self, level: (
                1.01 * KhanThomas.frictionless_steady_state(self, level)[0],
                2.24,
            )
        },
        "frictionless_steady_state(1) is K = 1.54226, but capital that earns its cost at its price is 1.5312 on",
    ),
    "goods": (
        {"consumption": lambda self, price: 1.02 / price},
        "at frictionless_steady_state(1) firms make 0.55199 goods, and consumption with what wears out takes 0.5609",
    ),
    "labor falls": (
        {"fields": ELASTIC, "labor_supply": lambda self, cost: 7.9 / (1e-3 + cost)},
        "labor_supply does not rise with p w somewhere; expected that it always does",
    ),
    "labor at rest": (
        {
            "fields": ELASTIC,
            "frictionless_steady_state": lambda self, level: KhanThomas(**ELASTIC).frictionless_steady_state(level),
            "labor_supply": scaled("labor_supply", 1.1),
        },
        "at frictionless_steady_state(1) firms use 0.332076 of labor, and households offer 0.365283; expected the same",
    ),
    "elasticity": (
        {"fields": {"frisch_elasticity": -1.0}, "violations": lambda self: ()},
        "frisch_elasticity is -1.0; expected a finite number above 0",
    ),
}


@pytest.mark.parametrize("model", SOUND.values(), ids=SOUND)
def test_sound_models_say_nothing(model):
    assert list(check_firms(model)) == []


@pytest.mark.parametrize(("members", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_model_says_what_is_wrong(members, sentence):
    (problem,) = check_firms(broken(**members))
    assert problem.startswith(sentence)
