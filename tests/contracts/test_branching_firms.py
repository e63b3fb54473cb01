"""What follows from ten statements about firms with two inputs: defaults against closed forms and conditions."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, AdjustmentCosts, BranchingFirms, FirmChoice, FirmState
from hetkeras.errors import CalibrationError
from hetkeras.models.bloom import Bloom

MODEL = Bloom()
COSTLY = Bloom(fixed_capital_cost=0.03, fixed_labor_cost=0.05, hiring_cost=0.2, resale_loss=0.5, leisure_weight=1.5)
MODELS = pytest.mark.parametrize("model", [MODEL, COSTLY], ids=["paper", "costly"])
STATED = {
    *("discount_factor", "depreciation", "separation", "leisure_weight", "idiosyncratic_chain", "productivity_chain"),
    *("regimes", "output", "adjustment_costs", "consumption"),
}


def constant(values):
    return tf.constant(values, tf.float64)


@dataclasses.dataclass(frozen=True)
class Bare(Bloom):
    """The model with every default of the contract."""

    flows = BranchingFirms.flows
    frictionless_steady_state = BranchingFirms.frictionless_steady_state
    capital_nodes = BranchingFirms.capital_nodes
    labor_nodes = BranchingFirms.labor_nodes
    mean_capital_bounds = BranchingFirms.mean_capital_bounds


def test_a_model_states_ten_things():
    assert BranchingFirms.__abstractmethods__ == STATED


@MODELS
def test_flows_follow_from_output_depreciation_and_costs(model):
    draw = np.random.default_rng(0).uniform
    firm = FirmState(*map(constant, (draw(0.7, 1.4, 400), draw(1.2, 12, 400), draw(0.04, 0.95, 400))))
    digits = np.array(BRANCHES)[np.arange(400) % 4].T.astype(float)
    choice = FirmChoice(*map(constant, (draw(1.2, 12, 400), draw(0.04, 0.95, 400), *digits)))
    economy = constant(draw(0.95, 1.05, 400)), constant(draw(1.0, 1.8, 400))
    for found, closed in zip(
        BranchingFirms.flows(model, firm, choice, *economy), model.flows(firm, choice, *economy), strict=True
    ):
        np.testing.assert_allclose(found, closed, rtol=1e-14, atol=1e-16)


@MODELS
@pytest.mark.parametrize("aggregate", [0.96, 1.04])
def test_rest_points_are_found_by_roots(model, aggregate):
    found = BranchingFirms.frictionless_steady_state(model, aggregate)
    np.testing.assert_allclose(found, model.frictionless_steady_state(aggregate), rtol=2e-14)


@pytest.mark.parametrize("leisure_weight", [1e-6, 1e6])
def test_rest_points_are_found_in_any_units(leisure_weight):
    model = Bloom(leisure_weight=leisure_weight)
    np.testing.assert_allclose(
        BranchingFirms.frictionless_steady_state(model, 1.0), model.frictionless_steady_state(1.0), rtol=5e-14
    )


def test_costs_differ_on_either_side():
    class Sided(Bare):
        adjustment_costs = AdjustmentCosts(buying=0.1, selling=0.3, hiring=0.2, firing=0.5)

    model, price = Sided(), constant([1.2, 1.5])
    np.testing.assert_allclose(model.marginal_capital_cost(price), [1.1 * price, 0.7 * price], rtol=1e-15)
    np.testing.assert_allclose(model.marginal_labor_cost(price), [[0.4, 0.4], [-1.0, -1.0]], rtol=1e-15)
    assert model.fixed_costs == (0.0, 0.0)
    firm = FirmState(*map(constant, (1.0, 5.0, 0.3)))
    up, down = (FirmChoice(*map(constant, (*levels, 1.0, 1.0))) for levels in ((6.0, 0.5), (3.0, 0.1)))
    rising, falling = (model.flows(firm, choice, constant(1.0), constant(1.25)) for choice in (up, down))
    remaining = 5 * (1 - model.depreciation), 0.3 * (1 - model.separation)
    assert float(rising.capital_cost) == pytest.approx(0.1 * (6 - remaining[0]), rel=1e-14)
    assert float(falling.capital_cost) == pytest.approx(0.3 * (remaining[0] - 3), rel=1e-14)
    assert float(rising.labor_cost) == pytest.approx(0.2 * 2 / 1.25 * (0.5 - remaining[1]), rel=1e-14)
    assert float(falling.labor_cost) == pytest.approx(0.5 * 2 / 1.25 * (remaining[1] - 0.1), rel=1e-14)


def test_nodes_reach_from_the_smallest_to_the_largest_firm_without_costs():
    model = Bare(num_aggregate=3)
    for nodes, wear, keep in (
        (model.capital_nodes, model.depreciation, model.kept_capital),
        (model.labor_nodes, model.separation, model.kept_labor),
    ):
        np.testing.assert_allclose(nodes[:-1] / nodes[1:], 1 - wear, rtol=1e-13)
        np.testing.assert_allclose(keep(constant(nodes)), [nodes[0], *nodes[:-1]], rtol=1e-14)
    power = 1 / (1 - model.capital_share - model.labor_share)
    widest = model.idiosyncratic_chain.values[[0, -1]] ** power  # of firms that keep their productivity for ever
    low, high = (model.frictionless_steady_state(float(model.productivity_chain.values[end])) for end in (0, -1))
    mean = (MODEL_SHARES @ model.idiosyncratic_chain.values) ** power
    assert model.capital_nodes[0] == pytest.approx(low[0] * widest[0] / mean / 1.5, rel=1e-9)
    assert high[0] * widest[1] / mean <= model.capital_nodes[-1] < 1.03 * high[0] * widest[1] / mean
    bounds = model.mean_capital_bounds
    np.testing.assert_allclose(bounds, [low[0] / 1.3, high[0] * 1.3], rtol=1e-13)


MODEL_SHARES = MODEL.idiosyncratic_chain.joint(MODEL.regimes).stationary().reshape(5, 4).sum(1)


def test_nodes_are_numbers_also_while_a_graph_is_traced():
    model = Bare(num_idiosyncratic=2, num_aggregate=2, chain_width=1.0)
    low = Bare(num_idiosyncratic=2, num_aggregate=2, chain_width=1.0, smallest_labor=0.04).capital_nodes[0]
    traced = tf.function(lambda: model.kept_capital(constant([1e-9])))()
    np.testing.assert_allclose(traced, [low], rtol=1e-14)


def test_an_economy_without_rest_is_refused():
    class Insatiable(Bare):
        def consumption(self, price):
            return 1e300 + 0 * price

    with pytest.raises(CalibrationError, match=r"Insatiable has no price .* override frictionless_steady_state"):
        Insatiable().frictionless_steady_state(1.0)
