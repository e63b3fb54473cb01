"""The paper's pair of losses at an exact value: what is printed does not hold there, what is mended does."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.bsde_loss import analytic_residual, backward_step, paper_loss
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.separable_entry import closed_form

MODEL = ExportEntry(num_destinations=1, complementarity=(0.0,))
EXACT = closed_form(ExportMarket())
RHO, STEP = MODEL.discount_rate, 1e-3
COSTS = np.linspace(0.4, 0.75, 8)  # below the threshold, where an opportunity is taken and V is smooth


def exact(active, costs):
    return tf.constant(EXACT.value(active, costs))


@pytest.fixture(params=[0, 1], ids=["inactive", "active"])
def parts(request):
    """V, u, E[V'] over two nodes, sum lambda_j J_j and sigma^V at exact values."""
    y = request.param
    value, gain = exact(y, COSTS), exact(1 - y, COSTS) - exact(y, COSTS)
    moved = COSTS - STEP * MODEL.reversion * (COSTS - 0.8)
    sigma = np.hypot(0.15, 0.10)
    ahead = [exact(y, moved + sign * sigma * np.sqrt(STEP)) for sign in (1, -1)]
    rate = MODEL.loss_rate if y else MODEL.opportunity_rate
    jump = gain if y else gain - 0.8
    flow = tf.constant(y * (1 - COSTS))
    volatility = (ahead[0] - ahead[1])[:, None] / (2 * np.sqrt(STEP))
    return value, flow, ahead, rate, jump, volatility


def test_the_analytic_residual_vanishes_in_generator_form(parts):
    value, flow, ahead, rate, jump, _ = parts
    chance = 1 - np.exp(-rate * STEP)
    found = analytic_residual(
        value, flow, (ahead[0] + ahead[1]) / 2, chance * jump, tf.constant(chance, tf.float64), RHO, STEP, False
    )
    assert np.abs(found / STEP).max() < 2e-3


def test_dividing_by_the_chance_of_a_jump_slows_the_generator_down(parts):
    """By P_t, which leaves (1 - 1 / P_t) of all that changes V: of first order in the step once more."""
    value, flow, ahead, rate, jump, _ = parts
    middle, chance = (ahead[0] + ahead[1]) / 2, tf.constant(1 - np.exp(-rate * STEP), tf.float64)
    printed, mended = (
        analytic_residual(value, flow, middle, chance * jump, chance, RHO, STEP, form) for form in (True, False)
    )
    changes = middle - value + chance * jump
    np.testing.assert_allclose(printed - mended, changes * (1 - 1 / (1 + chance)), rtol=1e-9, atol=1e-15)


def test_the_backward_equation_holds_with_the_compensator_and_not_without(parts):
    value, flow, ahead, rate, jump, volatility = parts
    for sign, reached in zip((1, -1), ahead, strict=True):
        shocks = tf.fill((len(COSTS), 1), tf.constant(sign * np.sqrt(STEP), tf.float64))
        gaps = {
            name: backward_step(value, flow + share * rate * jump, volatility, shocks, RHO, STEP) - reached
            for name, share in (("right", 1), ("printed", 0))
        }
        assert np.abs(gaps["right"] / STEP).max() < 2e-2  # curvature, of order sqrt(step)
        np.testing.assert_allclose((gaps["printed"] - gaps["right"]) / STEP, rate * jump, rtol=1e-6)
        assert np.abs(gaps["printed"] / STEP).min() > 0.05


def test_the_loss_weighs_both_parts_and_sums_over_nodes():
    output = paper_loss(tf.constant([1.0, 3.0]), tf.constant([2.0, 0.0]), tf.constant([[1.0, 1.0], [2.0, 0.0]]), 5.0)
    assert float(output.metrics["analytic"]) == pytest.approx(5)
    assert float(output.metrics["probabilistic"]) == pytest.approx(2 + (1 + 1 + 4 + 0) / 2)
    assert float(output.loss) == pytest.approx(5 + 5 * 5)
