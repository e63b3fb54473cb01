"""States of export entry: moments of diffusion, draws, scales; the calibration and what it refuses."""

import dataclasses
import math

import numpy as np
import pytest
import scipy.integrate
import tensorflow as tf

from hetkeras.contracts.ornstein_uhlenbeck import WIDE
from hetkeras.errors import CalibrationError
from hetkeras.models.export_entry.model import ExportEntry
from tests.models.export_entry.calibrations import CALIBRATIONS, COMMON, EFFORTS, MODELS, MOVING, PAIRS, points


# --- the diffusion -------------------------------------------------------------------------------------------
@MODELS
@pytest.mark.parametrize("steps", [1, 2])
def test_diffusion_has_the_moments_of_an_ornstein_uhlenbeck_process(model, steps):
    """In one step or in two halves; every other path for .4 and for 3 years."""
    rows, spans = 20_000, np.tile([0.4, 3.0], 20_000)
    start = model.long_run_mean(tf.float64) + np.linspace(-1, 2, len(model.mean_state))
    state = tf.repeat(start[None], 2 * rows, 0)
    for step in range(steps):
        state = model.diffuse(state, tf.zeros((0,)), tf.constant(spans / steps), tf.constant([5, step]))
    own = model.idiosyncratic_volatility(state, None)
    loadings = model.loadings(state, None).numpy()
    rate = loadings @ loadings.T + np.diag(np.zeros(len(loadings)) if own is None else own.numpy() ** 2)
    for half, span in enumerate(spans[:2]):
        found, decay = state.numpy()[half::2], math.exp(-model.reversion * span)
        covariance = rate * (1 - decay**2) / (2 * model.reversion)
        spread = np.sqrt(np.diag(covariance))
        mean = model.mean_state + decay * (start - model.mean_state)
        np.testing.assert_array_less(np.abs(found.mean(0) - mean), 4.5 * spread / math.sqrt(rows))
        error = np.sqrt((np.outer(spread, spread) ** 2 + covariance**2) / rows)
        np.testing.assert_array_less(np.abs(np.cov(found.T) - covariance), 4.5 * error)


@MODELS
def test_mirrored_halves_meet_opposite_shocks(model):
    state, _ = points(model)
    span = tf.constant(np.tile(np.linspace(0.1, 4, 20), 2))
    moved = model.diffuse(state, tf.zeros((0,)), span, tf.constant([1, 2]), mirrored=True).numpy()
    kept = np.exp(-model.reversion * span[:, None]) * (state - model.mean_state)
    shocks = moved - model.mean_state - kept
    np.testing.assert_allclose(shocks[:20], -shocks[20:], rtol=0, atol=1e-13)
    plain = model.diffuse(state[:20], tf.zeros((0,)), span[:20], tf.constant([1, 2]))
    np.testing.assert_allclose(moved[:20], plain, rtol=0, atol=1e-13)
    assert np.abs(shocks).min() > 0


def test_draws_reach_far_beyond_the_stationary_law_in_factors_and_in_numbers_of_destinations():
    model = ExportEntry(
        num_destinations=50, num_factors=1, cost_loadings=(0.2,), own_cost_volatility=(0.05, *[0.0] * 49)
    )
    state, binary = (part.numpy() for part in model.sample(tf.constant([3, 4]), 4000, tf.float64))
    factor = (state[:, 1] - 0.8) / (0.2 / math.sqrt(2 * 0.3))
    assert factor[:2000].std() == pytest.approx(WIDE[0], rel=0.05)
    assert factor[2000:].std() == pytest.approx(WIDE[1] / math.sqrt(3), rel=0.05)
    assert 0.99 * WIDE[1] < np.abs(factor[2000:]).max() <= WIDE[1]
    own = (state[:, 0] - state[:, 1]) / (0.05 / math.sqrt(2 * 0.3))
    assert own.std() == pytest.approx(WIDE[0], rel=0.05)
    assert set(np.unique(binary)) == {0.0, 1.0}
    shares = np.histogram(binary.mean(1), 10, (0, 1))[0] / 4000
    np.testing.assert_allclose(shares, 0.1, atol=0.03)
    assert abs(np.corrcoef(binary.mean(1), factor)[0, 1]) < 0.06
    assert model.sample(tf.constant([3, 4]), 7)[0].dtype == tf.float32
    assert [part.shape for part in model.sample(tf.constant([3, 4]), 7)] == [(7, 50), (7, 50)]


def test_states_are_split_by_element_and_rest_at_their_means():
    model = CALIBRATIONS["moving revenue and own shocks"]
    np.testing.assert_array_equal(model.mean_state, [0.8, 0.95, 0.85, 1.0, 0.9, 1.2])
    rest = model.long_run_mean(tf.float64)
    assert not model.drift(rest, None).numpy().any()
    found = model.element_states(rest + tf.range(6, dtype=tf.float64))
    np.testing.assert_allclose(found, [[0, 3], [1, 4], [2, 5]], rtol=1e-14)
    loadings = np.concatenate([COMMON["cost_loadings"], MOVING["revenue_loadings"]]).reshape(6, 2)
    np.testing.assert_array_equal(model.factor_loadings, loadings)
    np.testing.assert_allclose(model.one_sd_shock, loadings[:, 0] / math.sqrt(0.6), rtol=1e-14)
    assert (model.num_shocks, model.state_names) == (2, ("cost", "revenue"))


def test_the_scale_is_half_the_present_value_of_positive_profits():
    model = CALIBRATIONS["moving revenue and own shocks"]
    active, total = 0.5 / 0.65, 0.0
    for j in range(3):
        loading = model.factor_loadings[3 + j] - model.factor_loadings[j]
        spread = math.sqrt((loading @ loading + MOVING["own_cost_volatility"][j] ** 2) / 0.6)
        mean = model.revenue[j] - model.mean_cost[j] + active * (PAIRS + PAIRS.T)[j].sum() / 2
        total += scipy.integrate.quad(
            lambda z, m=mean, s=spread: max(m + s * z, 0) * math.exp(-z * z / 2), -9, 9, points=[-mean / spread]
        )[0]
    assert model.value_scale == pytest.approx(active * total / math.sqrt(2 * math.pi) / 0.07 / 2, rel=1e-8)


def test_facts_name_what_a_destination_adds_to_the_others():
    facts = CALIBRATIONS["heterogeneous"].element_summary
    np.testing.assert_allclose(facts["contribution"], [PAIRS[:, j].sum() for j in range(3)])
    np.testing.assert_array_equal(facts["entry_cost"], COMMON["entry_cost"])


def test_pairs_are_told_where_they_differ():
    np.testing.assert_allclose(CALIBRATIONS["heterogeneous"].element_interactions, PAIRS + PAIRS.T)
    for equal in ((0.02,), (0.0,), (0.0,) * 9):
        assert ExportEntry(num_destinations=3, complementarity=equal).element_interactions.size == 0


@MODELS
def test_units_cover_every_state_and_output(model):
    assert {*model.state_names, *model.flip_names, "value"} <= model.units.keys()


# --- the calibration -----------------------------------------------------------------------------------------
def distinguished(fields):
    traits = ExportEntry(**{"num_destinations": 10, **fields}).element_features
    return traits.shape[1], len(np.unique(traits.round(9), axis=0))


def test_traits_tell_different_destinations_apart_and_equal_ones_not():
    assert distinguished({}) == (0, 1)
    assert distinguished({"num_destinations": 1}) == (0, 1)
    assert distinguished({"num_destinations": 3, "complementarity": (0.0,)}) == (0, 1)
    assert distinguished({"entry_cost": (*[0.8] * 9, 0.7)}) == (1, 2)
    assert distinguished({"own_cost_volatility": (*[0.1] * 5, *[0.2] * 5)}) == (1, 2)
    groups = np.kron(np.diag([0.02, 0.05]), np.ones((20, 20))) * (1 - np.eye(40))
    assert distinguished({"num_destinations": 40, "complementarity": tuple(groups.ravel())})[1] == 2
    assert distinguished({**COMMON, **MOVING})[1] == 3


@pytest.mark.parametrize("count", range(2, 7))
def test_traits_do_not_tell_a_few_equal_destinations_apart(count):
    assert distinguished({"num_destinations": count}) == (0, 1)


def test_groups_that_add_to_their_own_members_alone_are_told_apart():
    groups = 0.02 * np.kron(np.eye(2), np.ones((20, 20))) * (1 - np.eye(40))
    assert distinguished({"num_destinations": 40, "complementarity": tuple(groups.ravel())})[1] == 2


@pytest.mark.parametrize("model", [*CALIBRATIONS.values(), ExportEntry(**COMMON, **EFFORTS)])
def test_a_calibration_survives_the_way_through_its_dictionary(model):
    assert ExportEntry.from_dict(model.as_dict()) == model
    assert dataclasses.replace(model, exit_rate=0.9) != model


REFUSED = {
    "num_destinations": [
        (0, "expected from 1 to 2000"),
        (2001, "expected from 1 to 2000"),
        (1.5, "expected finite int"),
    ],
    "num_factors": [(0, "expected from 1 to 10"), (11, "expected from 1 to 10")],
    "discount_rate": [(0.0, "expected above 0, per year"), (math.inf, "expected finite float")],
    "reversion": [(-0.1, "expected above 0, per year")],
    "opportunity_rate": [(0.0, "expected above 0, per year")],
    "loss_rate": [(0.0, "expected above 0, per year")],
    "search_cost": [(-1.0, "expected above 0, or 0 to do without"), (math.nan, "expected finite float")],
    "maintenance_cost": [(-1.0, "expected above 0, or 0 to do without")],
    "exit_rate": [(-1.0, "expected above 0, or 0 to do without")],
    "revenue": [
        ((1.0, 1.0), "has 2 numbers; expected 1 or 3"),
        (1.0, "expected a tuple of numbers"),
        ((1.0, -0.1, 0.0), "expected no negative number"),
    ],
    "mean_cost": [((), "has 0 numbers; expected 1 or 3"), ((0.8, math.nan, 0.8), "expected finite float entries")],
    "entry_cost": [((0.8,) * 4, "has 4 numbers; expected 1 or 3")],
    "cost_loadings": [((0.1,), "has 1 numbers; expected 2 or 6 for 3 destinations and 2 factors")],
    "revenue_loadings": [((0.1,) * 3, "has 3 numbers; expected 0 or 2 or 6")],
    "own_cost_volatility": [((0.1, -0.1, 0.0), "expected no negative number"), ((0.1,) * 2, "expected 1 or 3")],
    "complementarity": [
        ((0.1,) * 3, "has 3 numbers; expected 1 or 9"),
        (tuple(np.eye(3).ravel()), "has 3 entries on its diagonal; expected zeros there"),
    ],
}


@pytest.mark.parametrize(("name", "value", "message"), [(name, *case) for name in REFUSED for case in REFUSED[name]])
def test_every_violation_is_named(name, value, message):
    with pytest.raises(CalibrationError, match=rf"{name} .*{message}"):
        ExportEntry(**{"num_destinations": 3, name: value})


def test_all_that_is_wrong_is_said_at_once_and_unknown_fields_have_a_neighbour():
    with pytest.raises(CalibrationError) as error:
        ExportEntry(loss_rate=-1.0, exit_rate=-1.0, revenue=(1.0, 2.0))
    assert len(str(error.value).splitlines()) == 4
    with pytest.raises(CalibrationError, match="no field 'entry_costs'; did you mean 'entry_cost'"):
        ExportEntry.from_dict({"entry_costs": 1.0})
