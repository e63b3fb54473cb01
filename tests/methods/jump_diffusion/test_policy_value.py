"""Values of policies by simulation, against closed forms of firms that take every opportunity, some or none."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.policy_value import TAIL, policy_simulation
from hetkeras.models.export_entry.model import ExportEntry

PAIRS = (0.0, 0.05, 0.02, 0.0, 0.0, -0.04, 0.06, 0.01, 0.0)
MIXED = ExportEntry(
    num_destinations=3,
    discount_rate=0.1,
    revenue=(1.0, 1.1, 0.9),
    entry_cost=(0.8, 0.2, 0.4),
    revenue_loadings=(0.1, -0.05),
    own_cost_volatility=(0.1,),
    complementarity=PAIRS,
)
EFFORTS = dataclasses.replace(MIXED, revenue_loadings=(), exit_rate=0.3, maintenance_cost=20.0, loss_rate=0.2)


def policy_value(model, opportunity, state, binary, *sizes, **options):
    return policy_simulation(model, opportunity, *sizes, **options)(state, binary)


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch):
    """Draws are the same with and without XLA, which takes seconds to compile."""
    monkeypatch.setattr("hetkeras.methods.jump_diffusion.policy_value.compiled", graph)


def gain_of(worth):
    """Gains of flips from what being active is worth, [J]."""

    def opportunity(states, active, group, firm, which):
        del states
        on = tf.gather_nd(active, tf.stack([group, firm, which], -1))
        return (1 - 2 * on) * tf.gather(tf.constant(worth, tf.float32), which)

    return opportunity


ALWAYS, NEVER = gain_of([99.0] * 3), gain_of([-99.0] * 3)


def start(model, binary=(0.0, 1.0, 0.0), shift=0.3):
    return model.long_run_mean() + shift, tf.constant(binary[: model.num_binary])


def closed(model, state, binary, accept):
    return float(model.closed_form(*(tf.cast(part[None], tf.float64) for part in (state, binary)), accept)[0])


def check(model, opportunity, expected, never, relative=0.06, **settings):
    """Within four standard errors, which are small, and what the tail leaves out."""
    found = policy_value(model, opportunity, *start(model), **{"groups": 1000, "firms": 2, **settings})
    assert found.standard_error < relative * abs(expected - never)
    assert found.mean == pytest.approx(expected, abs=4 * found.standard_error + 3 * TAIL * abs(expected - never))
    return found


def test_never_entering_is_worth_exactly_the_baseline():
    state, binary = start(MIXED, (1.0, 0.0, 1.0))
    found = policy_value(MIXED, NEVER, state, binary, 20, 3)
    assert found.mean == pytest.approx(closed(MIXED, state, binary, False), rel=1e-6)
    assert found.standard_error < 1e-6


def test_taking_every_opportunity_is_worth_its_closed_form():
    values = [closed(MIXED, *start(MIXED), accept) for accept in (True, False)]
    assert values[0] - values[1] > 1
    found = check(MIXED, ALWAYS, *values)
    assert found.horizon == pytest.approx(math.log(1000) / 0.1)


def test_losses_that_are_faster_than_entry_are_simulated_too():
    model = dataclasses.replace(MIXED, opportunity_rate=0.3, loss_rate=0.7, entry_cost=(-1.0,))
    check(model, ALWAYS, *(closed(model, *start(model), accept) for accept in (True, False)))


def test_decisions_by_destination_add_up_without_complementarity():
    model = dataclasses.replace(MIXED, complementarity=(0.0,))
    state, binary = start(model)
    never, always = (closed(model, state, binary, accept) for accept in (False, True))
    lone = dataclasses.replace(model, num_destinations=1, revenue=(1.1,), entry_cost=(0.2,))
    parts = [closed(lone, tf.gather(state, [1, 4]), binary[1:2], accept) for accept in (True, False)]
    entered = never + parts[0] - parts[1]
    assert abs(entered - never) > 0.5
    assert abs(entered - always) > 0.3
    check(model, gain_of([-99.0, 99.0, -99.0]), entered, never)


def test_exit_by_hand_made_gains_is_a_faster_loss():
    """Whoever always leaves, and always enters, has a loss rate of lambda1 + lambdax."""

    def restless(states, active, group, firm, which):
        del states, active, firm, which
        return tf.fill(tf.shape(group), 99.0)

    faster = dataclasses.replace(EFFORTS, loss_rate=0.5, exit_rate=0.0, maintenance_cost=0.0)
    values = closed(faster, *start(EFFORTS), True), closed(EFFORTS, *start(EFFORTS), False)
    check(EFFORTS, restless, *values)


@pytest.mark.parametrize("effort", [0.05, 0.2])
def test_maintenance_by_hand_made_gains_is_a_slower_loss_at_its_cost(effort):
    """Where being active is worth 20 m the firm makes the effort m, up to the loss rate, at a cost of 10 m^2 a year."""
    kept = min(effort, 0.2 - 1e-9)
    slower = dataclasses.replace(
        EFFORTS, loss_rate=0.2 - kept, revenue=tuple(r - 10 * kept**2 for r in (1.0, 1.1, 0.9))
    )
    values = closed(slower, *start(EFFORTS), True), closed(EFFORTS, *start(EFFORTS), False)
    check(EFFORTS, gain_of([20 * effort + 3 * (effort > 0.1)] * 3), *values)


def test_each_firm_of_a_group_is_asked_for_itself():
    """Of three firms in a group the second enters: the mean is a third of its value and two thirds of the baseline."""

    def second(states, active, group, firm, which):
        return tf.where(
            firm == 1, ALWAYS(states, active, group, firm, which), NEVER(states, active, group, firm, which)
        )

    always, never = (closed(MIXED, *start(MIXED), accept) for accept in (True, False))
    check(MIXED, second, always / 3 + 2 * never / 3, never, firms=3)


def test_gains_are_asked_at_the_states_of_the_group():
    """Firms enter where their first cost is below its mean: more often the lower it starts."""

    def where_cheap(states, active, group, firm, which):
        tf.debugging.assert_equal(tf.shape(states), (300, 6))
        tf.debugging.assert_equal(tf.shape(active), (300, 2, 3))
        cost = tf.gather(states[:, 0], group)
        return tf.where(
            cost < 0.8, ALWAYS(states, active, group, firm, which), NEVER(states, active, group, firm, which)
        )

    model = dataclasses.replace(MIXED, entry_cost=(-5.0,), reversion=1e-3)
    always, never = (closed(model, *start(model, shift=0.0), accept) for accept in (True, False))
    shifted = [model.long_run_mean() + tf.constant([shift, 0.0, 0.0, shift, 0.0, 0.0]) for shift in (-60.0, 60.0)]
    low, high = (policy_value(model, where_cheap, state, start(model)[1], 300, 2) for state in shifted)
    assert low.mean == pytest.approx(always, abs=4 * low.standard_error + 5e-3 * always)
    assert high.mean == pytest.approx(never, abs=4 * high.standard_error + 1e-4)
    assert always - never > 50 * high.standard_error


def test_standard_errors_are_those_of_pairs_of_groups():
    """One destination without shocks: the variance of two groups of two firms that share the times of events alone."""
    model = ExportEntry(
        num_destinations=1, discount_rate=0.1, cost_loadings=(0.0, 0.0), entry_cost=(0.3,), loss_rate=0.2
    )
    found = policy_value(model, ALWAYS, *start(model, shift=0.0), groups=4000, firms=2, tail=1e-4)
    reached = [0.5 / (0.5 + k * 0.1) for k in (1, 2)]  # mean discount over a wait, and of its square
    worth = np.array([0.2 / 0.3 - 0.3, 0.0])  # of an event while off and while on
    moves = np.array([[0.0, 1.0], [0.4, 0.6]])
    mean = np.linalg.solve(np.eye(2) - reached[0] * moves, reached[0] * worth)
    cross = np.outer(worth, moves @ mean)
    square = np.linalg.solve(np.eye(2) - reached[1] * moves, reached[1] * (worth**2 + 2 * np.diag(cross)))
    both = reached[1] * (np.outer(worth, worth) + cross + cross.T).ravel()
    both = np.linalg.solve(np.eye(4) - reached[1] * np.kron(moves, moves), both)
    variance, covariance = square[0] - mean[0] ** 2, both[0] - mean[0] ** 2
    assert mean[0] == pytest.approx(closed(model, *start(model, shift=0.0), True), rel=1e-6)
    assert found.mean == pytest.approx(mean[0], abs=4 * found.standard_error)
    assert found.standard_error == pytest.approx(math.sqrt((variance + 3 * covariance) / 4 / 2000), rel=0.06)
    assert covariance > 0.02 * variance


def test_mirrored_shocks_take_out_most_of_the_variance():
    """With entry in hand the value is linear in the states, and only flips are left to chance."""
    found = []
    for size in (0.0, 1.0):
        model = dataclasses.replace(MIXED, complementarity=(0.0,), cost_loadings=(size, size))
        found.append(policy_value(model, ALWAYS, *start(model), 100, 20).standard_error)
    assert found[1] < 4 * found[0]


def test_what_comes_after_the_horizon_counts_as_the_baseline():
    """Without complementarity values are linear, so that the tail is known at mean states."""
    model = dataclasses.replace(MIXED, complementarity=(0.0,))
    state, binary = start(model)
    horizon, share = math.log(2) / 0.1, 0.5 / 0.6
    later = model.long_run_mean() + math.exp(-0.3 * horizon) * (state - model.long_run_mean())
    mean = share + math.exp(-0.6 * horizon) * (binary - share)
    always, never = (
        np.array([closed(model, *at, accept) for at in ((state, binary), (later, mean))]) for accept in (1, 0)
    )
    found = policy_value(model, ALWAYS, state, binary, 1000, 2, tail=0.5)
    assert found.horizon == pytest.approx(horizon)
    cut = always[0] - 0.5 * (always - never)[1]
    assert cut < always[0] - 20 * found.standard_error
    assert found.mean == pytest.approx(cut, abs=4 * found.standard_error)


def test_draws_depend_on_the_seed():
    found = [policy_value(MIXED, ALWAYS, *start(MIXED), 50, 2, seed, tail=0.5).mean for seed in (3, 4, 3)]
    assert found[0] == found[2] != found[1]


def test_flips_without_a_bound_are_refused():
    model = dataclasses.replace(MIXED, search_cost=2.0)
    with pytest.raises(CalibrationError, match="ExportEntry has flips whose rate has no bound; expected finite rates"):
        policy_value(model, ALWAYS, *start(model))


@pytest.mark.parametrize("groups", [0, 2, 7])
def test_groups_that_are_no_pairs_are_refused(groups):
    with pytest.raises(CalibrationError, match=f"groups is {groups}; expected an even number of at least 4"):
        policy_value(MIXED, ALWAYS, *start(MIXED), groups)
