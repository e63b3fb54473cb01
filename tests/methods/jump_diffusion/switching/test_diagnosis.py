"""The diagnosis where flips take turns: nothing is wrong with exact values, planted errors are told."""

import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.paper_losses import STATISTICS, STEP
from hetkeras.methods.jump_diffusion.switching import diagnosis as turns
from hetkeras.methods.jump_diffusion.switching.diagnosis import diagnose_turns, known_gaps, own_paths, own_states
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.references.production_network.network_planner import NetworkPlanner
from tests.small_networks import gains_of_planner, random_network

MODEL = random_network(2, 1, risk_aversion=2.0)


planner = functools.cache(lambda model: NetworkPlanner(model, 101))


class Exact(LoadedTurnPolicy):
    """Values of the planner on a grid, off by a level, with gains off by a factor, or off by as much far from rest.

    All can be changed. Far is beyond 2.6 stationary standard deviations of the factor.
    """

    def __init__(self, level=0.0, factor=1.0, model=MODEL):
        self.model, self.planner, self.level, self.factor, self.far = model, planner(model), level, factor, 0.0
        self._signatures = {"exact": self.exact}

    def exact(self, links, productivity, sector):
        shapes = (sector.shape[0], 2), (sector.shape[0], 2)
        value, gain = tf.numpy_function(self.grid, (links, productivity, sector), (tf.float64, tf.float64))
        gain = tf.ensure_shape(gain, shapes[1])
        return {"value": tf.ensure_shape(value, shapes[0]), **gains_of_planner(gain)}

    def grid(self, links, productivity, sector):
        table = links.reshape(-1, 2, 2).astype(int)
        loadings = self.model.factor_loadings
        factors = (productivity - self.model.mean_state) @ loadings / (loadings**2).sum()
        turn = np.zeros(len(table), int)
        values = np.stack([self.planner.value(table, turn + z, factors) for z in range(2)], -1)
        beyond = np.clip(np.abs(factors[:, :1]) * np.sqrt(2 * self.model.reversion) - 2.6, 0, 1)
        return values + self.level + self.far * beyond**3, self.factor * self.planner.link_gain(table, sector, factors)


@pytest.fixture(scope="module", autouse=True)
def without_compilation():
    """Loops call NumPy here, which XLA does not know."""
    plain = turns.TurnPaths.__init__

    def init(self, *arguments):
        plain(self, *arguments)
        self._loop = tf.function(self._moved, autograph=False)

    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"PATHS": 40, "SETTLED": 5.0, "APART": 1.0, "TAIL": 0.05}.items():
            patch.setattr(turns, name, value)
        patch.setattr(turns.TurnPaths, "__init__", init)
        yield


@pytest.fixture(scope="module")
def paths(without_compilation):
    """Under one policy, traced once."""
    return own_paths(Exact())


@pytest.fixture
def diagnosis(paths):
    """Diagnoses that policy with what is planted in it."""

    def diagnose(level=0.0, factor=1.0, far=0.0):
        paths.policy.level, paths.policy.factor, paths.policy.far = level, factor, far
        return diagnose_turns(paths, own_states(paths))

    return diagnose


def test_exact_values_pass_every_check(diagnosis):
    found = diagnosis()
    assert found.converged, found.reason
    numbers = found.numbers
    assert numbers["residual_own_rms"] < 2e-3
    assert numbers["gain_residual_own_rms"] < 0.02
    assert numbers["option_error_rms"] < 1e-6
    assert numbers["decisions_right"] == 1
    assert numbers["accepted_share"] == 1
    losses = found.tables["losses"]
    assert losses["statistic"].tolist() == list(STATISTICS)
    assert (losses["analytic"] < 1e-8).all()
    assert set(losses["states"]) == {160}


def test_the_worth_of_a_policy_whose_rates_have_no_bound_is_that_of_the_planner():
    """Impatient, so that paths are short; without search the value would be another by far."""
    model = random_network(2, 1, risk_aversion=2.0, discount_rate=1.0, search_cost=0.01, destruction_rate=2.0)
    found = turns._worth(own_paths(Exact(model=model)))
    assert found["policy_worth_gap"] < 3 * found["policy_worth_error"]
    known, without = model.exact_values(), dataclasses.replace(model, search_cost=0.0).exact_values()
    assert np.abs(known.value - without.value).mean() > 6 * found["policy_worth_error"]


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        ({"far": 0.1}, "residual_drawn_rms"),
        ({"level": 0.5}, "residual_own_rms"),
        ({"factor": 1.5}, "residual_own_rms"),
        ({"factor": -1.0}, "residual_own_rms"),
    ],
)
def test_planted_errors_are_told(diagnosis, planted, reason):
    found = diagnosis(**planted)
    assert not found.converged
    assert found.reason.startswith(reason)


def test_the_papers_analytic_loss_of_a_level_is_what_a_step_discounts_of_it():
    """Over the square of V with utility that is not scaled: 20 less at a risk aversion of 2."""
    policy, level = Exact(level=0.5), 0.05 * 0.5 * STEP
    states = turns.drawn_states(MODEL)
    value = policy.value(*states).numpy() - 20
    found = turns._losses(MODEL, policy, *states)
    np.testing.assert_allclose(found["analytic"][0], np.mean((level / value) ** 2), rtol=0.05)
    np.testing.assert_allclose(found["analytic"][2], np.quantile((level / value) ** 2, 0.85), rtol=0.05)
    assert found["probabilistic"][0] > 0


def test_a_level_is_measured_in_consumption_of_the_option():
    gaps = known_gaps(MODEL, Exact(level=0.05))
    known, never = MODEL.exact_values(), dataclasses.replace(MODEL, arrival_rate=0.0).exact_values()
    equivalent = MODEL.preferences.consumption_equivalent
    mine, exact, without = (
        equivalent(tf.constant(values)).numpy() for values in (known.value + 0.05, known.value, never.value)
    )
    option = np.abs(exact - without).mean()
    assert gaps["option_value_mean"] == pytest.approx(option)
    assert gaps["option_error_rms"] == pytest.approx(np.sqrt(np.mean((mine - exact) ** 2)) / option, rel=1e-3)
    assert gaps["decisions_right"] == 1


def test_links_that_never_go_are_measured_like_others():
    model = random_network(2, 1, risk_aversion=2.0, destruction_rate=0.0)
    assert known_gaps(model, Exact(model=model, level=0.05))["option_error_rms"] > 0.01


def test_where_no_link_ever_comes_there_is_no_option_to_compare_with():
    model = random_network(2, 1, risk_aversion=2.0, arrival_rate=0.0)
    gaps = known_gaps(model, Exact(model=model))
    assert gaps["option_value_mean"] < 1e-9
    assert "option_error_rms" not in gaps
    assert gaps["range_error_max"] < 1e-6


def test_own_states_are_where_the_policy_stays_though_links_hardly_move():
    """Links that nobody would form are gone, however long it would take them to go."""
    model = random_network(2, 1, risk_aversion=2.0, link_cost=(50.0,), arrival_rate=1e-3, destruction_rate=1e-4)
    _, binary, _ = own_states(own_paths(Exact(model=model)))
    np.testing.assert_array_equal(binary, np.tile([1.0, 0.0, 0.0, 1.0], (len(binary), 1)))


def test_regimes_that_do_not_exist_are_refused():
    state, binary, _ = turns.drawn_states(MODEL)
    with pytest.raises(CalibrationError, match="sector holds 2; expected whole numbers from 0 to 1"):
        Exact().evaluate(state[:1], binary[:1], tf.constant([2]))


def test_links_that_planners_reject_are_counted():
    """Where links cost something, some are not worth it; no link is, if gains are losses."""
    model = random_network(2, 1, risk_aversion=2.0, link_cost=(0.3,))
    right, lost = (known_gaps(model, Exact(model=model, factor=factor)) for factor in (1.0, -1.0))
    assert 0 < right["rejected_share_known"] == right["rejected_share"] < 1
    assert lost["rejected_share"] == 1
    assert lost["rejected_share_known"] == right["rejected_share_known"]


def test_what_is_rejected_is_an_average_over_states_that_offer_something():
    """However many links a state offers: one of one, and one of three."""
    offered = np.array([[True, False, False], [True, True, True], [False, False, False]])
    taken = np.array([[False, True, True], [True, False, True], [False, False, False]])
    assert turns._rejected(taken, offered) == pytest.approx((1 + 1 / 3) / 2)
