"""The lumpy investment model: the firm against brute force, rest against its equations, the market, refusals."""

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
from tests.models.khan_thomas_cases import CALIBRATIONS, MODEL, MODELS, best_labor, constant, marginal_value, produced

FIRMS = [(1.0, 1.5, 1.0, 2.24), (0.92, 0.2, 1.05, 1.9), (1.09, 7.0, 0.95, 2.6)]


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
        ("aggregate_persistence", 1.0, "strictly between -1 and 1"),
        ("idiosyncratic_persistence", -1.0, "strictly between -1 and 1"),
        ("leisure_weight", 0.0, "above 0"),
        ("aggregate_volatility", 0.0, "above 0"),
        ("idiosyncratic_volatility", -0.1, "above 0"),
        ("chain_width", 0.0, "above 0"),
        ("largest_cost", 0.0, "xi_bar above 0; 1e-6 is as good as free adjustment"),
        ("num_aggregate", 1, "from 2 to 50"),
        ("num_idiosyncratic", 51, "from 2 to 50"),
        ("smallest_capital", 0.0, "above 0"),
        ("smallest_capital", 8.0, "below greatest_capital 8.0"),
        ("smallest_mean_capital", 2.5, "below greatest_mean_capital 2.0"),
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
