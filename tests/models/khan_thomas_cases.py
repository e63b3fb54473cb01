"""Calibrations of the lumpy investment model for tests, and what a firm produces, written a second time."""

import pytest
import tensorflow as tf

from hetkeras.models.khan_thomas import KhanThomas

MODEL = KhanThomas()
CALIBRATIONS = {
    "paper": MODEL,
    "impatient": KhanThomas(discount_factor=0.9, depreciation=0.15, leisure_weight=1.5, largest_cost=0.05),
    "labour matters less": KhanThomas(
        capital_share=0.4, labor_share=0.3, num_idiosyncratic=3, num_aggregate=2, chain_width=1.0
    ),
}
MODELS = pytest.mark.parametrize("model", CALIBRATIONS.values(), ids=CALIBRATIONS)


def constant(values):
    return tf.constant(values, tf.float64)


def produced(model, productivity, capital, labor):
    return productivity * capital**model.capital_share * labor**model.labor_share


def best_labor(model, productivity, capital, wage):
    """The zero of productivity nu k^alpha n^(nu - 1) - w."""
    marginal = model.labor_share * productivity * capital**model.capital_share / wage
    return marginal ** (1 / (1 - model.labor_share))


def marginal_value(model, productivity, capital, price):
    """Of capital, in marginal utility: its product at the best labour input and what is left of it."""
    labor = best_labor(model, productivity, capital, model.leisure_weight / price)
    product = model.capital_share * produced(model, productivity, capital, labor) / capital
    return price * (product + 1 - model.depreciation)
