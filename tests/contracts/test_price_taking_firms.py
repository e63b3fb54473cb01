"""What follows from ten statements about firms: defaults against closed forms, against integrals, against roots."""

import dataclasses

import numpy as np
import pytest
import scipy.integrate
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.errors import CalibrationError
from hetkeras.models.khan_thomas import KhanThomas

MODEL = KhanThomas()
CALIBRATIONS = {
    "paper": MODEL,
    "impatient": KhanThomas(discount_factor=0.9, depreciation=0.15, leisure_weight=1.5, largest_cost=0.05),
    "labor matters less": KhanThomas(
        capital_share=0.4, labor_share=0.3, num_idiosyncratic=3, num_aggregate=2, chain_width=1.0
    ),
}
MODELS = pytest.mark.parametrize("model", CALIBRATIONS.values(), ids=CALIBRATIONS)
STATED = {
    *("discount_factor", "depreciation", "leisure_weight", "idiosyncratic_chain", "aggregate_chain"),
    *("output", "labor", "largest_cost", "cost_distribution", "consumption"),
}


def constant(values, dtype=tf.float64):
    return tf.constant(values, dtype)


def default(model, name, *arguments):
    """What the contract makes of the model, whether or not the model overrides it."""
    member = getattr(PriceTakingFirms, name)
    return member.fget(model) if isinstance(member, property) else member(model, *arguments)


@dataclasses.dataclass(frozen=True)
class PowerCosts(KhanThomas):
    """The model with costs of distribution (xi / xi_bar)^a, and every default of the contract."""

    power: float = 0.5  # a

    def cost_distribution(self, cost):
        return (cost / self.largest_cost) ** self.power

    marginal_payoff = PriceTakingFirms.marginal_payoff
    payoff = PriceTakingFirms.payoff
    adjustment_probability = PriceTakingFirms.adjustment_probability
    expected_friction_loss = PriceTakingFirms.expected_friction_loss
    adjustment_labor = PriceTakingFirms.adjustment_labor
    frictionless_target = PriceTakingFirms.frictionless_target
    frictionless_steady_state = PriceTakingFirms.frictionless_steady_state
    aggregate_innovation = PriceTakingFirms.aggregate_innovation
    capital_bounds = PriceTakingFirms.capital_bounds
    mean_capital_bounds = PriceTakingFirms.mean_capital_bounds


def test_a_model_states_ten_things():
    assert PriceTakingFirms.__abstractmethods__ == STATED


# --- defaults and closed forms -------------------------------------------------------------------------------
@MODELS
@pytest.mark.parametrize("name", ["payoff", "marginal_payoff"])
def test_payoffs_follow_from_output_labor_and_depreciation(model, name):
    idiosyncratic = constant(model.idiosyncratic_chain.values)[:, None]
    firm = (
        idiosyncratic,
        constant(np.geomspace(0.1, 8, 9)),
        constant([[[0.95]], [[1.05]]]),
        constant([[[2.2]], [[2.3]]]),
    )
    found = default(model, name, *firm)
    assert found.shape == (2, model.idiosyncratic_chain.num_states, 9)
    np.testing.assert_allclose(found, getattr(model, name)(*firm), rtol=1e-14)


@MODELS
@pytest.mark.parametrize("name", ["adjustment_probability", "expected_friction_loss", "adjustment_labor"])
def test_frictions_follow_from_the_distribution_of_the_cost(model, name):
    gains = constant(np.linspace(-1.5, 2.5, 41) * model.saturation_gain)
    np.testing.assert_allclose(default(model, name, gains), getattr(model, name)(gains), rtol=1e-13, atol=1e-17)


@MODELS
@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float64, 2e-14), (tf.float32, 2e-5)])
def test_frictionless_targets_are_roots_of_their_condition(model, dtype, tolerance):
    states = model.aggregate_chain.num_states
    prices = np.linspace(2.35, 2.1, states) * np.ones((3, states))
    arguments = tf.constant([0, 1, 1]), constant([2.2, 2.1, 2.25], dtype), constant(prices, dtype)
    found, closed = default(model, "frictionless_target", *arguments), model.frictionless_target(*arguments)
    assert (found.shape, found.dtype) == (closed.shape, dtype)
    np.testing.assert_allclose(found, closed, rtol=tolerance)


@pytest.mark.parametrize("price", [0.5, 1e-6, 50.0])
def test_frictionless_targets_end_at_the_bounds_like_the_closed_form(price):
    arguments = tf.constant(2), constant(price), constant([2.2] * 5)
    np.testing.assert_allclose(
        default(MODEL, "frictionless_target", *arguments), MODEL.frictionless_target(*arguments), rtol=1e-14
    )


def test_frictionless_targets_are_found_inside_compiled_graphs():
    compiled = tf.function(lambda *arguments: default(MODEL, "frictionless_target", *arguments), jit_compile=True)
    arguments = tf.constant([1, 4]), constant([2.2, 2.3]), constant([[2.33, 2.28, 2.22, 2.17, 2.12]] * 2)
    np.testing.assert_allclose(compiled(*arguments), MODEL.frictionless_target(*arguments), rtol=2e-14)


@MODELS
@pytest.mark.parametrize("aggregate", [0.95, 1.06])
def test_rest_points_are_found_by_roots(model, aggregate):
    np.testing.assert_allclose(
        default(model, "frictionless_steady_state", aggregate), model.frictionless_steady_state(aggregate), rtol=2e-14
    )


@pytest.mark.parametrize("leisure_weight", [1e-6, 1e6])
def test_rest_points_are_found_in_any_units(leisure_weight):
    model = KhanThomas(leisure_weight=leisure_weight)
    np.testing.assert_allclose(
        default(model, "frictionless_steady_state", 1.0), model.frictionless_steady_state(1.0), rtol=5e-14
    )


def test_bounds_are_numbers_also_while_a_graph_is_traced():
    model, eager = PowerCosts(depreciation=0.08), PowerCosts(depreciation=0.08, power=2.0).capital_bounds
    traced = tf.function(lambda: model.unadjusted_capital(constant([1e-9, 1.0])))()
    np.testing.assert_allclose(traced, [eager[0], 0.92], rtol=1e-14)


def test_an_economy_without_rest_is_refused():
    class Insatiable(KhanThomas):
        frictionless_steady_state = PriceTakingFirms.frictionless_steady_state

        def consumption(self, price):
            return 1e300 + 0 * price

    with pytest.raises(CalibrationError, match=r"Insatiable has no price .* override frictionless_steady_state"):
        Insatiable().frictionless_steady_state(1.0)


def test_one_standard_deviation_is_about_that_of_the_process_behind_the_chain():
    fine = KhanThomas(num_aggregate=50, chain_width=4.0)
    assert default(fine, "aggregate_innovation") == pytest.approx(0.014, rel=0.03)


def test_bounds_hold_the_economy_at_rest_in_every_state():
    model = PowerCosts()
    points = [model.frictionless_steady_state(float(level))[0] for level in model.aggregate_chain.values]
    low, high = model.mean_capital_bounds
    assert 0.8 * min(points) < low < 0.9 * min(points)
    assert 1.1 * max(points) < high < 1.25 * max(points)
    targets = model.frictionless_target(tf.range(5), constant([2.24] * 5), constant([[2.24] * 5] * 5)).numpy()
    low, high = model.capital_bounds
    assert low < 0.2 * targets.min()
    assert targets.max() < high / 1.5
    assert float(model.unadjusted_capital(constant(low))) == low


# --- costs that are not uniform ------------------------------------------------------------------------------
@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("share", [1e-3, 0.3, 1.0, 1.4])
def test_friction_and_labor_are_means_over_costs(power, share):
    model = PowerCosts(power=power)
    gain, largest = share * model.saturation_gain, model.largest_cost
    worth = min(gain / model.leisure_weight, largest)

    def density(cost):
        return power * cost ** (power - 1) / largest**power

    paid, _ = scipy.integrate.quad(lambda cost: cost * density(cost), 0, worth, epsabs=1e-18)
    spared = gain * (1 - (worth / largest) ** power)
    assert float(model.adjustment_labor(constant(gain))) == pytest.approx(paid, rel=1e-6)
    assert float(model.expected_friction_loss(constant(gain))) == pytest.approx(
        model.leisure_weight * paid + spared, rel=1e-7
    )
    assert model.max_friction_loss == pytest.approx(model.saturation_gain * power / (1 + power), rel=1e-7)


@pytest.mark.parametrize("gain", [-1.0, 0.0, 0.2, 1.0, 3.0])
def test_the_slope_of_the_friction_is_the_share_that_stays_also_at_no_gain(gain):
    model = PowerCosts()
    gain = constant(gain * model.saturation_gain)
    with tf.GradientTape() as tape:
        tape.watch(gain)
        friction = model.expected_friction_loss(gain)
    assert float(tape.gradient(friction, gain)) == 1 - float(model.adjustment_probability(gain))


def test_a_cost_of_nothing_lets_a_share_of_firms_choose_freely():
    class Lucky(PowerCosts):
        def cost_distribution(self, cost):
            return 0.2 + 0.8 * cost / self.largest_cost

    model = Lucky()
    gains = constant([-1e-9, 0.0, 0.5 * model.saturation_gain])
    np.testing.assert_allclose(model.adjustment_probability(gains), [0, 0.2, 0.6], rtol=1e-14)
    np.testing.assert_allclose(model.expected_friction_loss(gains), [-1e-9, 0, 0.3 * model.saturation_gain], rtol=1e-13)


def test_nan_is_never_a_share_or_a_friction():
    for name in ("adjustment_probability", "expected_friction_loss", "adjustment_labor"):
        assert np.isnan(getattr(PowerCosts(), name)(constant(np.nan)))
