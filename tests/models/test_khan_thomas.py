"""The lumpy investment model: the firm against brute force, frictions against integrals, rest against its equations."""

import dataclasses

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.lumpy.check import check_firms
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
SATURATION = MODEL.leisure_weight * MODEL.largest_cost
GAINS = np.linspace(-1.5, 2.5, 41) * SATURATION
FIRMS = [(1.0, 1.5, 1.0, 2.24), (0.92, 0.2, 1.05, 1.9), (1.09, 7.0, 0.95, 2.6)]


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


# --- production ----------------------------------------------------------------------------------------------
@MODELS
@pytest.mark.parametrize("firm", FIRMS)
def test_no_labour_input_earns_more(model, firm):
    idiosyncratic, capital, aggregate, price = firm
    wage = model.leisure_weight / price

    def loss(log_labor):
        labor = np.exp(log_labor)
        return wage * labor - produced(model, idiosyncratic * aggregate, capital, labor)

    found = scipy.optimize.minimize_scalar(loss, bounds=(-12, 4), method="bounded", options={"xatol": 1e-10})
    labor, output, payoff = (
        float(method(*map(constant, firm))) for method in (model.labor, model.output, model.payoff)
    )
    assert labor == pytest.approx(np.exp(found.x), rel=1e-6)
    assert labor == pytest.approx(best_labor(model, idiosyncratic * aggregate, capital, wage), rel=1e-13)
    assert output == pytest.approx(produced(model, idiosyncratic * aggregate, capital, labor), rel=1e-13)
    assert payoff == pytest.approx(price * (-found.fun + (1 - model.depreciation) * capital), rel=1e-13)


@MODELS
def test_marginal_payoff_is_the_derivative_of_the_payoff(model):
    idiosyncratic, capital, aggregate, price = map(constant, zip(*FIRMS, strict=True))
    with tf.GradientTape() as tape:
        tape.watch(capital)
        payoff = model.payoff(idiosyncratic, capital, aggregate, price)
    found = model.marginal_payoff(idiosyncratic, capital, aggregate, price)
    np.testing.assert_allclose(found, tape.gradient(payoff, capital), rtol=1e-13)


def test_wages_take_the_labour_share_of_output():
    firm = list(map(constant, zip(*FIRMS, strict=True)))
    wages = MODEL.leisure_weight / firm[-1] * MODEL.labor(*firm)
    np.testing.assert_allclose(wages / MODEL.output(*firm), MODEL.labor_share, rtol=1e-14)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_the_firm_is_broadcast_over_nodes_and_states_and_keeps_the_precision(dtype):
    productivity, nodes = (tf.cast(each, dtype) for each in (MODEL.idiosyncratic_chain.values, [0.5, 1.0, 2.0]))
    aggregate, price = tf.constant([[[0.95]], [[1.05]]], dtype), tf.constant([[[2.2]], [[2.3]]], dtype)
    for method in (MODEL.labor, MODEL.output, MODEL.payoff, MODEL.marginal_payoff):
        found = method(productivity[:, None], nodes, aggregate, price)
        assert found.shape == (2, 5, 3)
        assert found.dtype == dtype
        single = method(productivity[3], nodes[2], aggregate[1, 0, 0], price[1, 0, 0])
        np.testing.assert_allclose(found[1, 3, 2], single, rtol=1e-6 if dtype == tf.float32 else 1e-14)


def test_capital_that_is_not_chosen_depreciates_to_the_smallest():
    capital = constant([8.0, 1.0, 0.1 / 0.931, 0.1, 0.05])
    np.testing.assert_allclose(MODEL.unadjusted_capital(capital), [7.448, 0.931, 0.1, 0.1, 0.1], rtol=1e-14)


# --- frictions -----------------------------------------------------------------------------------------------
@MODELS
@pytest.mark.parametrize("share", [0.0, 1e-3, 0.3, 0.999, 1.0, 1.7])
def test_friction_is_the_mean_of_the_cost_or_of_the_gain_if_that_is_less(model, share):
    gain = share * model.leisure_weight * model.largest_cost

    def lost(cost):
        return min(model.leisure_weight * cost, gain) / model.largest_cost

    kink = [min(gain / model.leisure_weight, model.largest_cost)]
    expected, _ = scipy.integrate.quad(lost, 0, model.largest_cost, points=kink, epsabs=1e-16)
    assert float(model.expected_friction_loss(constant(gain))) == pytest.approx(expected, rel=1e-12, abs=1e-17)


@MODELS
@pytest.mark.parametrize("gain", [-0.02, 0.004, 0.5])
def test_a_firm_that_may_choose_at_a_cost_gets_what_is_best_on_average(model, gain):
    """R(k*) - friction(gain) is E max(R(k*) - phi xi, R(stay)), also where the target is worse than staying."""
    aimed = -0.7

    def reached(cost):
        return max(aimed - model.leisure_weight * cost, aimed - gain) / model.largest_cost

    kink = [np.clip(gain / model.leisure_weight, 0, model.largest_cost)]
    expected, _ = scipy.integrate.quad(reached, 0, model.largest_cost, points=kink, epsabs=1e-15)
    assert aimed - float(model.expected_friction_loss(constant(gain))) == pytest.approx(expected, abs=1e-13)


@MODELS
def test_slope_of_the_friction_is_the_share_that_does_not_adjust(model):
    gains = constant(GAINS[GAINS != 0])
    with tf.GradientTape() as tape:
        tape.watch(gains)
        friction = model.expected_friction_loss(gains)
    staying = 1 - model.adjustment_probability(gains)
    np.testing.assert_allclose(tape.gradient(friction, gains), staying, rtol=0, atol=1e-12)


def test_slope_of_the_friction_at_no_gain_is_one():
    gain = constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(gain)
        friction = MODEL.expected_friction_loss(gain)
    assert float(tape.gradient(friction, gain)) == pytest.approx(1)


def test_a_gain_below_zero_is_lost_whole():
    np.testing.assert_array_equal(MODEL.expected_friction_loss(constant([-1e-9, -0.1, -5.0])), [-1e-9, -0.1, -5.0])


@MODELS
def test_friction_rises_to_its_bound_the_mean_cost(model):
    frictions = model.expected_friction_loss(
        constant(np.linspace(0, 3, 61) * model.leisure_weight * model.largest_cost)
    ).numpy()
    mean_cost = model.leisure_weight * model.largest_cost / 2
    assert model.max_friction_loss == pytest.approx(mean_cost, rel=1e-15)
    assert (np.diff(frictions) >= -1e-17).all()
    assert frictions.max() <= mean_cost * (1 + 1e-14)
    np.testing.assert_allclose(frictions[20:], mean_cost, rtol=1e-14)


@pytest.mark.parametrize(("gain", "share"), [(-1.0, 0), (0.0, 0), (0.25, 0.25), (1.0, 1), (4.0, 1)])
def test_firms_adjust_when_their_cost_is_below_the_gain(gain, share):
    assert float(MODEL.adjustment_probability(constant(gain * SATURATION))) == pytest.approx(share, abs=1e-15)


@MODELS
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_labour_of_adjustment_is_the_mean_cost_of_those_who_pay(model, share):
    paid, _ = scipy.integrate.quad(lambda cost: cost / model.largest_cost, 0, share * model.largest_cost)
    gain = share * model.leisure_weight * model.largest_cost
    assert float(model.adjustment_labor(constant(gain))) == pytest.approx(paid, rel=1e-13, abs=1e-18)


# --- the frictionless choice ---------------------------------------------------------------------------------
def solved_target(model, aggregate, idiosyncratic, price, next_price):
    """Zero of -p + beta E p' (marginal product + 1 - delta)."""
    aggregates, idiosyncratics = model.aggregate_chain, model.idiosyncratic_chain
    chances = np.outer(aggregates.transition[aggregate], idiosyncratics.transition[idiosyncratic])
    levels = np.outer(aggregates.values, idiosyncratics.values)

    def condition(log_capital):
        values = marginal_value(model, levels, np.exp(log_capital), np.array(next_price)[:, None])
        return model.discount_factor * (chances * values).sum() - price

    return np.exp(scipy.optimize.brentq(condition, -12, 12, xtol=1e-14))


@MODELS
@pytest.mark.parametrize("today", [0, 1, -1])
def test_free_targets_satisfy_the_first_order_condition(model, today):
    wide = dataclasses.replace(model, smallest_capital=1e-4, greatest_capital=1e4)
    states = wide.aggregate_chain.num_states
    today, price = today % states, 2.2
    next_price = np.linspace(2.35, 2.1, states)
    found = wide.frictionless_target(tf.constant([today]), constant([price]), constant([next_price])).numpy()
    expected = [
        solved_target(wide, today, own, price, next_price) for own in range(wide.idiosyncratic_chain.num_states)
    ]
    np.testing.assert_allclose(found, [expected], rtol=1e-11)
    assert (np.diff(expected) > 0).all()


def test_no_capital_on_a_fine_grid_is_better_than_the_free_target():
    price, next_price = constant([2.2]), constant([[2.33, 2.28, 2.22, 2.17, 2.12]])
    found = MODEL.frictionless_target(tf.constant([1]), price, next_price).numpy()[0]
    grid = np.geomspace(*MODEL.capital_bounds, 20_001)
    levels = MODEL.idiosyncratic_chain.values[None, :, None], MODEL.aggregate_chain.values[:, None, None]
    payoffs = MODEL.payoff(constant(levels[0]), constant(grid), constant(levels[1]), next_price[0][:, None, None])
    chances = MODEL.aggregate_chain.transition[1], MODEL.idiosyncratic_chain.transition
    expected = np.einsum("a,afk,ef->ek", chances[0], payoffs.numpy(), chances[1])
    best = grid[(MODEL.discount_factor * expected - 2.2 * grid).argmax(-1)]
    np.testing.assert_allclose(found, best, rtol=grid[1] / grid[0] - 1)


def test_free_targets_take_any_leading_axes():
    aggregate = tf.constant([[0, 4, 2], [1, 3, 2]])
    price = constant([[2.1, 2.2, 2.3], [2.25, 2.2, 2.15]])
    next_price = price[..., None] * constant([1.02, 1.01, 1.0, 0.99, 0.98])
    found = MODEL.frictionless_target(aggregate, price, next_price)
    assert found.shape == (2, 3, 5)
    single = MODEL.frictionless_target(aggregate[1, 0], price[1, 0], next_price[1, 0])
    np.testing.assert_allclose(found[1, 0], single, rtol=1e-14)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_free_targets_keep_the_precision(dtype):
    found = MODEL.frictionless_target(
        tf.constant([2]), tf.constant([2.2], dtype), tf.fill((1, 5), tf.constant(2.2, dtype))
    )
    assert found.dtype == dtype
    exact = [solved_target(MODEL, 2, own, 2.2, [2.2] * 5) for own in range(5)]
    np.testing.assert_allclose(found[0], exact, rtol=2e-5 if dtype == tf.float32 else 1e-11)


@pytest.mark.parametrize(("price", "end"), [(0.5, 1), (1e-6, 1), (50.0, 0)])
def test_free_targets_stay_within_the_bounds_at_any_price(price, end):
    """At the lowest prices capital could be resold at a profit, and the condition has no solution."""
    found = MODEL.frictionless_target(tf.constant([2]), constant([price]), constant([[2.2] * 5]))
    np.testing.assert_array_equal(found, [[MODEL.capital_bounds[end]] * 5])


# --- rest ----------------------------------------------------------------------------------------------------
@MODELS
@pytest.mark.parametrize("aggregate", [0.95, 1.0, 1.06])
def test_the_rest_point_satisfies_choice_and_goods_clearing(model, aggregate):
    check_rest_point(model, aggregate)


def test_the_rest_point_is_found_close_to_constant_returns():
    check_rest_point(KhanThomas(capital_share=0.3, labor_share=0.68), 1.0)


def check_rest_point(model, aggregate):
    mean_capital, price = model.frictionless_steady_state(aggregate)
    chain = model.idiosyncratic_chain

    def condition(log_capital, own):
        values = marginal_value(model, aggregate * chain.values, np.exp(log_capital), price)
        return model.discount_factor * chain.transition[own] @ values - price

    capital = np.exp(
        [scipy.optimize.brentq(condition, -12, 12, args=(own,), xtol=1e-14) for own in range(len(chain.values))]
    )
    shares = chain.stationary()
    labor = best_labor(model, aggregate * chain.values, capital[:, None], model.leisure_weight / price)
    output = (chain.transition * produced(model, aggregate * chain.values, capital[:, None], labor)).sum(-1)
    consumption = shares @ output - model.depreciation * shares @ capital
    assert mean_capital == pytest.approx(shares @ capital, rel=1e-11)
    assert float(model.excess_demand(constant(consumption), constant(price))) == pytest.approx(0, abs=1e-11)


def test_the_rest_point_is_where_free_targets_lead():
    calm = KhanThomas(aggregate_volatility=1e-12)
    mean_capital, price = calm.frictionless_steady_state(1.0)
    targets = calm.frictionless_target(tf.constant(2), constant(price), constant([price] * 5)).numpy()
    assert calm.idiosyncratic_chain.stationary() @ targets == pytest.approx(mean_capital, rel=1e-10)


def test_the_rest_point_is_close_to_the_steady_state_with_frictions():
    mean_capital, price = MODEL.frictionless_steady_state(1.0)
    assert mean_capital == pytest.approx(1.52018, rel=5e-3)
    assert price == pytest.approx(2.24371, rel=5e-3)


def test_productive_economies_rest_at_more_capital_and_a_lower_price():
    points = np.array([MODEL.frictionless_steady_state(float(value)) for value in MODEL.aggregate_chain.values])
    assert (np.diff(points[:, 0]) > 0).all()
    assert (np.diff(points[:, 1]) < 0).all()


# --- the market and the calibration --------------------------------------------------------------------------
def test_households_want_less_the_higher_the_price():
    prices = constant(np.linspace(1.5, 3.0, 31))
    excess = MODEL.excess_demand(constant(0.45), prices).numpy()
    np.testing.assert_allclose(MODEL.consumption(prices), 1 / prices.numpy(), rtol=1e-15)
    np.testing.assert_allclose(excess, 1 / prices.numpy() - 0.45, rtol=0, atol=1e-15)
    assert (np.diff(excess) < 0).all()
    assert float(MODEL.excess_demand(constant(0.45), constant(1 / 0.45))) == pytest.approx(0, abs=1e-16)


def test_chains_are_levels_of_log_processes():
    np.testing.assert_allclose(
        MODEL.aggregate_chain.values, [0.9467785, 0.9730254, 1.0, 1.0277224, 1.0562133], rtol=0, atol=6e-8
    )
    np.testing.assert_allclose(
        MODEL.idiosyncratic_chain.values, [0.9176478, 0.9579394, 1.0, 1.0439074, 1.0897427], rtol=0, atol=6e-8
    )
    uneven = KhanThomas(num_aggregate=3, num_idiosyncratic=7, chain_width=3.0, aggregate_persistence=0.5)
    assert (uneven.aggregate_chain.num_states, uneven.idiosyncratic_chain.num_states) == (3, 7)
    assert np.log(uneven.aggregate_chain.values[-1]) == pytest.approx(3 * 0.014 / np.sqrt(0.75), rel=1e-13)
    np.testing.assert_allclose(uneven.aggregate_chain.transition.sum(1), 1, rtol=1e-14)


def test_bounds_and_units_are_those_of_the_calibration():
    model = KhanThomas(smallest_capital=0.2, greatest_capital=6, smallest_mean_capital=1.3, greatest_mean_capital=1.9)
    assert model.capital_bounds == (0.2, 6)
    assert model.mean_capital_bounds == (1.3, 1.9)
    assert {"idiosyncratic", "aggregate", "capital", "mean_capital", "price", "target_capital"} <= model.units.keys()
    assert all(model.units.values())


def test_round_trip_through_a_dictionary():
    model = CALIBRATIONS["impatient"]
    assert KhanThomas.from_dict(model.as_dict()) == model


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("discount_factor", 1.0, "strictly between 0 and 1"),
        ("discount_factor", 0.0, "strictly between 0 and 1"),
        ("capital_share", 0.0, "strictly between 0 and 1"),
        ("labor_share", 1.0, "strictly between 0 and 1"),
        ("depreciation", 0.0, "strictly between 0 and 1"),
        ("depreciation", 1.0, "strictly between 0 and 1"),
        ("aggregate_persistence", 1.0, "between -1 and 1"),
        ("idiosyncratic_persistence", -1.0, "between -1 and 1"),
        ("leisure_weight", 0.0, "above 0"),
        ("aggregate_volatility", 0.0, "above 0"),
        ("idiosyncratic_volatility", -0.1, "above 0"),
        ("chain_width", 0.0, "above 0"),
        ("largest_cost", 0.0, "xi_bar above 0; 1e-6 is as good as free adjustment"),
        ("num_aggregate", 1, "from 2 to 50 states"),
        ("num_idiosyncratic", 51, "from 2 to 50 states"),
        ("smallest_capital", 0.0, "above 0 and below greatest_capital"),
        ("smallest_capital", 8.0, "above 0 and below greatest_capital"),
        ("smallest_mean_capital", 2.5, "above 0 and below greatest_mean_capital"),
    ],
)
def test_calibrations_out_of_range_are_refused(field, value, expected):
    with pytest.raises(CalibrationError, match=f"{field} is {value}; expected {expected}"):
        KhanThomas(**{field: value})


def test_constant_returns_are_refused():
    message = r"capital_share \+ labor_share is 1; expected below 1, or firms have no optimal size"
    with pytest.raises(CalibrationError, match=message):
        KhanThomas(capital_share=0.36, labor_share=0.64)


def test_every_violation_is_reported_at_once():
    fields = ("discount_factor", "leisure_weight", "num_aggregate", "smallest_capital")
    with pytest.raises(CalibrationError) as error:
        KhanThomas(**dict.fromkeys(fields, 0))
    assert all(f"{field} is 0; expected" in str(error.value) for field in fields)


def test_the_contract_names_what_a_model_leaves_open():
    @dataclasses.dataclass(frozen=True)
    class Half(KhanThomas):
        output = PriceTakingFirms.output

    with pytest.raises(TypeError, match=r"abstract method '?output"):
        Half()


@pytest.mark.parametrize("leisure_weight", [1e-6, 1e6])
def test_any_calibration_that_is_accepted_has_a_rest_point(leisure_weight):
    mean_capital, price = KhanThomas(leisure_weight=leisure_weight).frictionless_steady_state(1.0)
    assert mean_capital > 0
    assert price > 0


def test_the_range_of_aggregate_capital_holds_where_the_economy_rests():
    assert MODEL.mean_capital_bounds == (1.25, 2.0)
    worn = KhanThomas(depreciation=0.08)
    rest = worn.frictionless_steady_state(float(worn.aggregate_chain.values[0]))[0]
    assert rest < 1.25
    assert worn.mean_capital_bounds == (pytest.approx(rest / 1.08, rel=1e-14), 2.0)
    assert list(check_firms(worn)) == []
