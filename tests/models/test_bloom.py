"""Uncertainty shocks: chains and grids against the published ones, costs by branch against their definitions."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmChoice, FirmState
from hetkeras.errors import CalibrationError
from hetkeras.models.bloom import Bloom

MODEL = Bloom()
COSTLY = Bloom(fixed_capital_cost=0.03, fixed_labor_cost=0.05, hiring_cost=0.2, resale_loss=0.5, leisure_weight=1.5)
MODELS = pytest.mark.parametrize("model", [MODEL, COSTLY], ids=["paper", "costly"])
RNG = np.random.default_rng(0)


def constant(values, dtype=tf.float64):
    return tf.constant(values, dtype)


def mirrored(rows):
    """A matrix of five states from its first three rows."""
    return np.array([*rows, rows[1][::-1], rows[0][::-1]])


# --- chains and grids ----------------------------------------------------------------------------------------
def test_productivities_are_the_published_ones():
    np.testing.assert_allclose(
        MODEL.idiosyncratic_chain.values, [0.7225, 0.8500, 1.0, 1.1765, 1.3841], rtol=0, atol=5.1e-5
    )
    np.testing.assert_allclose(MODEL.productivity_chain.values, [0.9581, 0.9788, 1.0, 1.0216, 1.0437], atol=5.1e-5)


LOW = [[0.8999, 0.1001, 0, 0, 0], [0.0391, 0.8861, 0.0748, 0, 0], [0, 0.0547, 0.8907, 0.0547, 0]]
HIGH_FIRM = [
    [0.6222, 0.2398, 0.1071, 0.0269, 0.0041],
    [0.3344, 0.3025, 0.2335, 0.1013, 0.0283],
    [0.1216, 0.2270, 0.3027, 0.2270, 0.1216],
]
HIGH_ALL = [
    [0.7875, 0.2099, 0.0026, 0, 0],
    [0.1363, 0.6790, 0.1828, 0.0019, 0],
    [0.0014, 0.1579, 0.6814, 0.1579, 0.0014],
]


@pytest.mark.parametrize(
    ("chain", "published"),
    [
        (MODEL.idiosyncratic_chain, (LOW, HIGH_FIRM)),
        (MODEL.productivity_chain, (LOW, HIGH_ALL)),
    ],
    ids=["firm", "all"],
)
def test_rows_by_regime_are_the_published_ones(chain, published):
    np.testing.assert_allclose(chain.transitions.sum(-1), 1, rtol=1e-14)
    for found, rows in zip(chain.transitions, published, strict=True):
        np.testing.assert_allclose(found, mirrored(rows), rtol=0, atol=5.1e-5)


def test_uncertainty_comes_and_goes_as_published():
    shares = MODEL.regimes.stationary()
    leaving = 1 - np.diag(MODEL.regimes.transition)
    assert shares[1] == pytest.approx(0.3026, abs=5e-5)
    np.testing.assert_allclose(1 / leaving, [38.8, 16.8], rtol=0, atol=0.05)


def test_twenty_aggregate_states_with_the_lag_last():
    chain, (productivity, regime, lagged) = MODEL.aggregate_chain, MODEL.aggregate_states
    assert chain.num_states == len(productivity) == 20
    np.testing.assert_array_equal(chain.values, MODEL.productivity_chain.values[productivity])
    here, there = np.nonzero(chain.transition)
    np.testing.assert_array_equal(lagged[there], regime[here])
    np.testing.assert_array_equal(chain.transition[lagged == 0], chain.transition[lagged == 1])


def test_fifty_successors_whose_productivities_are_drawn_with_todays_regime():
    aggregate, idiosyncratic, regimes = MODEL.productivity_chain, MODEL.idiosyncratic_chain, MODEL.regimes.transition
    for state, (productivity, regime, _) in enumerate(np.transpose(MODEL.aggregate_states)):
        chances = np.multiply.outer(MODEL.aggregate_chain.transition[state], idiosyncratic.transitions[regime, 2])
        kept = chances.reshape(5, 2, 2, 5)[:, :, regime]
        expected = np.einsum(
            "z,s,e->zse",
            aggregate.transitions[regime, productivity],
            regimes[regime],
            idiosyncratic.transitions[regime, 2],
        )
        assert kept.size == 50
        np.testing.assert_allclose(kept, expected, rtol=1e-15)
        assert kept.sum() == pytest.approx(1, rel=1e-14)


def test_nodes_reach_as_far_as_published_and_depreciate_by_one():
    capital, labor = MODEL.capital_nodes, MODEL.labor_nodes
    assert (len(capital), len(labor)) == (91, 37)
    assert (capital[0], labor[0]) == (1.125, 0.035)
    assert capital[-1] == pytest.approx(12.0461, abs=5e-5)
    assert labor[-1] == pytest.approx(0.96439, abs=5e-6)
    np.testing.assert_allclose(MODEL.kept_capital(constant(capital))[1:], capital[:-1], rtol=1e-14)
    np.testing.assert_allclose(MODEL.kept_labor(constant(labor))[1:], labor[:-1], rtol=1e-14)
    assert float(MODEL.kept_capital(constant(capital[0]))) == capital[0]
    assert float(MODEL.kept_labor(constant(labor[0]))) == labor[0]


# --- costs ---------------------------------------------------------------------------------------------------
def random_cases(model, size=200):
    """Firms and choices, some of which keep capital or labour, with their branches."""
    draw = RNG.uniform
    firm = (draw(0.7, 1.4, size), draw(1.2, 12, size), draw(0.04, 0.95, size))
    digits = np.array(BRANCHES)[np.arange(size) % 4]
    capital = np.where(digits[:, 0], draw(1.125, 12, size), (1 - model.depreciation) * firm[1])
    labor = np.where(digits[:, 1], draw(0.035, 0.96, size), (1 - model.separation) * firm[2])
    return firm, (capital, labor, *digits.T.astype(float)), draw(0.95, 1.05, size), draw(1.0, 1.8, size)


def tensors(case):
    firm, choice, aggregate, price = case
    return FirmState(*map(constant, firm)), FirmChoice(*map(constant, choice)), constant(aggregate), constant(price)


@MODELS
def test_flows_and_payoff_are_as_defined(model):
    case = random_cases(model)
    (own, capital, lagged), (following, labor, *digits), aggregate, price = case
    output = aggregate * own * capital**model.capital_share * labor**model.labor_share
    investment = following - (1 - model.depreciation) * capital
    hiring = labor - (1 - model.separation) * lagged
    wage = model.leisure_weight / price
    capital_cost = np.where(investment < 0, model.resale_loss * -investment, 0)
    capital_cost += np.where(digits[0] == 1, model.fixed_capital_cost * output, 0)
    labor_cost = np.where(digits[1] == 1, model.fixed_labor_cost * output, 0) + model.hiring_cost * wage * abs(hiring)
    flows = model.flows(*tensors(case))
    for found, expected in zip(flows, (output, investment, capital_cost, labor_cost), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)
    net = output - investment - capital_cost - labor_cost
    np.testing.assert_allclose(flows.net_output, net, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(model.payoff(*tensors(case)), price * (net - wage * labor), rtol=1e-12, atol=1e-13)


@MODELS
@pytest.mark.parametrize(("branch", "capital_is_free", "labor_is_free"), [(0, 1, 1), (1, 0, 1), (2, 1, 0), (3, 0, 0)])
def test_what_a_branch_keeps_costs_nothing(model, branch, capital_is_free, labor_is_free):
    case = tensors(random_cases(model))
    flows = [flow.numpy()[branch::4] for flow in model.flows(*case)]
    costs = (flows[2] != 0).any(), (flows[3] != 0).any()
    assert costs == (not capital_is_free, not labor_is_free)
    assert not capital_is_free or not flows[1].any()


@MODELS
def test_slopes_are_what_a_unit_more_takes_on_either_side(model):
    firm, choice, aggregate, price = tensors(random_cases(model))
    with tf.GradientTape() as tape:
        tape.watch(choice.capital_next)
        payoff = model.payoff(firm, choice, aggregate, price)
    gradient = tape.gradient(payoff, choice.capital_next).numpy()
    moved = choice.adjusts_capital.numpy() == 1
    rising = (choice.capital_next > model.depreciated_capital(firm.capital)).numpy()
    above, below = (slope.numpy() for slope in model.marginal_capital_cost(price))
    np.testing.assert_allclose(gradient[moved], -np.where(rising, above, below)[moved], rtol=1e-12)
    np.testing.assert_allclose(
        model.marginal_labor_cost(price)[0], model.hiring_cost * model.leisure_weight, rtol=1e-14
    )
    np.testing.assert_array_equal(model.marginal_labor_cost(price)[1], -model.marginal_labor_cost(price)[0])
    assert model.fixed_costs == (model.fixed_capital_cost, model.fixed_labor_cost)


def test_a_firm_at_the_lowest_nodes_pays_for_being_held_there_but_no_fixed_cost():
    firm = FirmState(*map(constant, (1.0, 1.125, 0.035)))
    kept = COSTLY.kept_capital(firm.capital), COSTLY.kept_labor(firm.lagged_labor)
    flows = COSTLY.flows(firm, FirmChoice(*kept, constant(0.0), constant(0.0)), constant(1.0), constant(1.4))
    assert float(flows.investment) == pytest.approx(0.026 * 1.125, rel=1e-13)
    assert float(flows.capital_cost) == 0
    assert float(flows.labor_cost) == pytest.approx(0.2 * 1.5 / 1.4 * 0.088 * 0.035, rel=1e-13)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_firms_choices_and_branches_broadcast_and_keep_the_precision(dtype):
    firm = FirmState(constant([[0.9], [1.1]], dtype), constant(5.0, dtype), constant([[0.3], [0.2]], dtype))
    digits = tf.unstack(constant(BRANCHES, dtype), axis=-1)
    found = MODEL.payoff(
        firm,
        FirmChoice(constant(5.2, dtype), constant(0.3, dtype), *digits),
        *(constant(value, dtype) for value in (1.01, 1.36)),
    )
    assert (found.shape, found.dtype) == ((2, 4), dtype)
    assert np.isfinite(found).all()


# --- the market and the calibration --------------------------------------------------------------------------
def test_households_want_the_inverse_of_the_price():
    np.testing.assert_allclose(MODEL.excess_demand(constant(0.7), constant([1.25, 1 / 0.7])), [0.1, 0], atol=1e-15)


@pytest.mark.parametrize("aggregate", [0.96, 1.0, 1.04])
def test_the_rest_point_is_that_of_firms_of_one_size(aggregate):
    """Capital earns what it costs on average over firms, labour its wage."""
    capital, price = MODEL.frictionless_steady_state(aggregate)
    chain = MODEL.idiosyncratic_chain
    shares = chain.joint(MODEL.regimes).stationary().reshape(5, 4).sum(1)
    consumption = 1 / price
    labor = 0.5 * (consumption + MODEL.depreciation * capital) / (2 * consumption)
    output = shares @ (aggregate * chain.values * capital**0.25 * labor**0.5)
    assert output == pytest.approx(consumption + MODEL.depreciation * capital, rel=1e-10)
    assert 0.25 * output / capital == pytest.approx(1 / MODEL.discount_factor - 1 + MODEL.depreciation, rel=1e-10)
    low, high = MODEL.mean_capital_bounds
    assert low < capital < high


def test_every_input_and_output_of_the_policy_has_a_unit():
    names = {"idiosyncratic", "aggregate", "uncertainty", "lagged_uncertainty", "capital", "lagged_labor", "price"}
    names |= {"branch_probabilities", "branch", "capital_next", "labor", "value", "mean_capital", "mean_capital_next"}
    assert names == MODEL.units.keys()
    assert all(MODEL.units.values())
    assert MODEL.mean_capital_bounds == (3.5, 8.5)


def test_round_trip_through_a_dictionary_and_from_the_command_line():
    assert Bloom.from_dict(COSTLY.as_dict()) == COSTLY
    found = Bloom(**Bloom.parse(["fixed_labor_cost=0.084", "regime_transition=0.97,0.03,0.06,0.94"]))
    np.testing.assert_array_equal(found.regimes.transition, [[0.97, 0.03], [0.06, 0.94]])


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        *((name, 1.0, "strictly between 0 and 1") for name in ("discount_factor", "capital_share", "labor_share")),
        *((name, 0.0, "strictly between 0 and 1") for name in ("depreciation", "separation")),
        *((name, 1.0, "between -1 and 1") for name in ("aggregate_persistence", "idiosyncratic_persistence")),
        *((name, 0.0, "above 0") for name in ("leisure_weight", "chain_width", "smallest_capital", "smallest_labor")),
        *((name, -0.1, "a cost of 0 or more") for name in ("fixed_capital_cost", "fixed_labor_cost", "hiring_cost")),
        ("resale_loss", -0.1, "a share from 0 to 1; costs are not negative"),
        ("resale_loss", 1.1, "a share from 0 to 1"),
        *((name, 1, "from 2 to 50 states") for name in ("num_aggregate", "num_idiosyncratic")),
        *((name, 0, "from 2 to 1000 nodes, or the grid is empty") for name in ("num_capital", "num_labor")),
        *((name, (0.1,), "2 entries above 0") for name in ("aggregate_volatility", "idiosyncratic_volatility")),
        ("aggregate_volatility", (0.1, 0.0), "2 entries above 0, of low and of high uncertainty"),
        ("regime_transition", (0.9, 0.1), "4 probabilities, from low uncertainty and then from high"),
        ("regime_transition", (1.1, -0.1, 0.5, 0.5), "4 probabilities"),
        ("smallest_mean_capital", 9.0, "above 0 and below greatest_mean_capital"),
        ("smallest_mean_capital", 0.0, "above 0 and below greatest_mean_capital"),
    ],
)
def test_calibrations_out_of_range_are_refused(field, value, expected):
    with pytest.raises(CalibrationError) as error:
        Bloom(**{field: value})
    assert f"{field} is {value}; expected {expected}" in str(error.value)


def test_rows_of_regimes_that_do_not_sum_to_one_are_refused_by_name():
    with pytest.raises(CalibrationError) as error:
        Bloom(regime_transition=(0.9, 0.2, 0.1, 0.8))
    assert "from low uncertainty is (0.9, 0.2), which sums to 1.1; expected 1" in str(error.value)
    assert "from high uncertainty is (0.1, 0.8), which sums to 0.9; expected 1" in str(error.value)


def test_constant_returns_are_refused():
    with pytest.raises(CalibrationError, match=r"capital_share \+ labor_share is 1; expected below 1"):
        Bloom(labor_share=0.75)


def test_the_contract_names_what_a_model_leaves_open():
    class Half(Bloom):
        output = BranchingFirms.output

    with pytest.raises(TypeError, match=r"abstract method '?output"):
        Half()
