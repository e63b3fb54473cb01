"""Many firms: shares and flips of a chain of two states, decisions only where there is one, luck that comes again."""

import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion import firm_panel as flip_economies
from hetkeras.methods.jump_diffusion.firm_panel import FlipEconomies
from hetkeras.models.export_entry.model import ExportEntry

ENTRY, LOSS, SPAN = 0.5, 0.1, 0.2
MODEL = ExportEntry(num_destinations=3, num_factors=1, cost_loadings=(0.2,), own_cost_volatility=(0.1,))


def gain_of(worth):
    """Gains of flips from what being active is worth, [J]."""

    def opportunity(states, active, group, firm, which):
        del states
        on = tf.gather_nd(active, tf.stack([group, firm, which], -1))
        return (1 - 2 * on) * tf.gather(tf.constant(worth, tf.float32), which)

    return opportunity


ALWAYS, NEVER = gain_of([9.0] * 3), gain_of([-9.0] * 3)


def expected_share(years, up, down, share=0.0):
    """Of a chain of two states, whatever the steps."""
    far = up / (up + down)
    return far + (share - far) * math.exp(-years * (up + down))


def check_share(found, expected, cells):
    assert found == pytest.approx(expected, abs=4.5 * math.sqrt(expected * (1 - expected) / cells))


@pytest.fixture(autouse=True)
def halves(monkeypatch):
    """Two parts of the groups are traced sooner than the four of the module's economies."""
    monkeypatch.setattr(flip_economies, "PARTS", 2)


@pytest.fixture(scope="module")
def economies():
    """40 groups of 100 firms that take every opportunity, after 100 years."""
    found = FlipEconomies(MODEL, ALWAYS, 40, 100, SPAN, seed=5)
    found.paths = found.run(100.0, records=10)
    return found


# --- shares and flips ----------------------------------------------------------------------------------------
def test_shares_follow_the_chain_and_balance_entry_and_loss(economies):
    paths = economies.paths
    np.testing.assert_allclose(paths.times, np.arange(10.0, 101, 10), rtol=1e-12)
    assert paths.active.shape == (10, 3)
    for record in range(10):
        expected = expected_share(10 * (record + 1), ENTRY, LOSS)
        for share in paths.active[record]:
            check_share(share, expected, 4000)


@pytest.mark.parametrize("span", [0.01, 1.0, 100.0])
def test_shares_do_not_depend_on_the_step(span):
    found = FlipEconomies(MODEL, ALWAYS, 40, 500, span)
    years = max(10.0, span)
    check_share(found.run(years, records=1).active.mean(), expected_share(years, ENTRY, LOSS), 60_000)


def test_flips_of_a_firm_in_a_year_are_rates_times_shares(economies):
    flips = economies.paths.flips[3:].mean(0)
    share = ENTRY / (ENTRY + LOSS)
    assert flips[0] == pytest.approx(3 * ENTRY * (1 - share), rel=0.03)
    assert flips[1] == pytest.approx(3 * LOSS * share, rel=0.03)


def test_changes_are_flips_from_0_less_flips_from_1():
    """Rates at the start of short steps, drawn anew in each, against what has changed in the end."""
    found = FlipEconomies(MODEL, ALWAYS, 40, 500, 0.02)
    paths = found.run(1.0, records=1)
    entries, exits = paths.flips[0]
    assert entries - exits == pytest.approx(paths.active.sum(), abs=4.5 * math.sqrt(2 * entries / 20_000) + 0.01)


def test_exit_is_taken_where_it_is_a_gain_and_maintenance_thins_losses():
    """Worth -2: left at once; worth .5: kept a little, not entered again at .8; worth 5: entered and kept."""
    model = ExportEntry(num_destinations=3, exit_rate=0.6, loss_rate=0.4, maintenance_cost=20.0)
    found = FlipEconomies(model, gain_of([-2.0, 0.5, 5.0]), 50, 40, SPAN)
    found.active = tf.ones(())
    shares = found.run(3.0, records=1).active[0]
    check_share(shares[0], expected_share(3, 0.0, 0.4 + 0.6, share=1.0), 2000)
    check_share(shares[1], expected_share(3, 0.0, 0.4 - 0.5 / 20, share=1.0), 2000)
    check_share(shares[2], expected_share(3, ENTRY, 0.4 - 5 / 20, share=1.0), 2000)


# --- who is asked --------------------------------------------------------------------------------------------
def test_only_firms_with_an_opportunity_are_asked_and_only_those_that_accept_enter():
    """Group 1 accepts, but only its even firms; element 2 never. Of those that are active few are asked."""
    asked = tf.Variable([0.0, 0.0])

    def opportunity(states, active, group, firm, which):
        tf.debugging.assert_equal(tf.shape(active), (tf.shape(states)[0], 10, 3))
        on = tf.gather_nd(active, tf.stack([group, firm, which], -1))
        asked.assign_add([tf.reduce_sum(1 - on), tf.reduce_sum(on)])
        luring = tf.gather(states[:, 0], group) > 5.0
        return (1 - 2 * on) * tf.where(luring & (firm % 2 == 0) & (which < 2), 9.0, -9.0)

    found = FlipEconomies(MODEL, opportunity, 3, 10, 0.5)
    for _ in range(600):
        found.states.assign([[0.0] * 3, [10.0] * 3, [0.0] * 3])
        found.run(0.5, records=1)
    active = found.active.numpy()
    assert not active[[0, 2]].any()
    assert not active[1, 1::2].any()
    assert not active[..., 2].any()
    assert active[1, ::2, :2].mean() > 0.5
    never, seldom = asked.numpy() / 600 / np.array([90 - 10 * 5 / 6, 10 * 5 / 6])  # of those there, in a step
    assert never == pytest.approx(1 - math.exp(-ENTRY * 0.5), rel=0.05)
    assert 0 < seldom < 0.3 * (1 - math.exp(-LOSS * 0.5))


def test_gains_are_asked_at_the_states_of_the_group():
    def opportunity(states, active, group, firm, which):
        low = tf.gather_nd(states, tf.stack([group, which], -1)) < 0.0
        return (1 - 2 * tf.gather_nd(active, tf.stack([group, firm, which], -1))) * tf.where(low, 9.0, -9.0)

    found = FlipEconomies(MODEL, opportunity, 7, 50, 0.01)
    costs = np.where(np.arange(21).reshape(7, 3) % 5 == 0, -50.0, 50.0)
    found.states.assign(costs.astype(np.float32))
    found.run(1.0, records=1)
    np.testing.assert_array_equal(found.active.numpy().any(1), costs < 0)


# --- states and luck -----------------------------------------------------------------------------------------
def test_states_of_groups_have_the_stationary_law():
    found = FlipEconomies(MODEL, NEVER, 3000, 1, 1.0)
    np.testing.assert_allclose(found.states, 0.8, rtol=1e-6)
    paths = found.run(20.0, records=1)
    np.testing.assert_allclose(paths.states[0], found.states.numpy().mean(0), rtol=1e-5)
    covariance = (0.04 + 0.01 * np.eye(3)) / 0.6
    error = np.sqrt((covariance[0, 0] ** 2 + covariance**2) / 3000)
    np.testing.assert_array_less(np.abs(np.cov(found.states.numpy().T) - covariance), 4.5 * error)
    np.testing.assert_allclose(paths.states[0], 0.8, atol=4.5 * math.sqrt(covariance[0, 0] / 3000))


def test_firms_of_a_group_have_their_own_luck(economies):
    firms = economies.active.numpy().mean(-1)
    share = ENTRY / (ENTRY + LOSS)
    assert firms.std(1).mean() == pytest.approx(math.sqrt(share * (1 - share) / 3), rel=0.05)
    assert firms.mean(1).std() == pytest.approx(math.sqrt(share * (1 - share) / 300), rel=0.4)


def test_a_snapshot_goes_on_with_the_same_luck(economies):
    begun = economies.snapshot()
    assert begun.time == pytest.approx(begun.step * SPAN)
    kept = [part.numpy() for part in begun[:2]]
    first = economies.run(2.0, records=2)
    moved = [part.numpy() for part in (economies.states, economies.active)]
    for part, before, after in zip(begun[:2], kept, moved, strict=True):
        np.testing.assert_array_equal(part, before)
        assert (before != after).any()
    economies.restore(begun)
    again = economies.run(2.0, records=2)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    onwards = economies.run(2.0, records=2)
    assert (onwards.states != again.states).all()
    economies.restore(begun)


def test_the_seed_decides_and_progress_is_told(economies, monkeypatch):
    monkeypatch.setattr(flip_economies, "PARTS", 4)  # as for `economies`, so that nothing differs but the seed
    told = []
    other = FlipEconomies(MODEL, ALWAYS, 40, 100, SPAN, seed=6).run(20.0, 2, told.append)
    assert (other.states != economies.paths.states[:2]).all()
    assert (other.active != economies.paths.active[:2]).any()
    np.testing.assert_allclose(told, [10.0, 20.0], rtol=1e-12)


def test_flips_without_a_bound_are_refused():
    with pytest.raises(CalibrationError, match=r"ExportEntry has flips whose rate has no bound \(search effort\)"):
        FlipEconomies(ExportEntry(num_destinations=3, search_cost=2.0), ALWAYS, 2, 2)


def test_more_records_than_steps_are_refused(economies):
    with pytest.raises(CalibrationError, match=r"20 records of 2 years lie closer than steps of 0\.2"):
        economies.run(2.0, records=20)


def test_more_firms_than_can_be_numbered_are_refused():
    with pytest.raises(CalibrationError, match=r"100000 groups of 100000 firms with 3 elements are more than"):
        FlipEconomies(MODEL, ALWAYS, 100_000, 100_000)


@pytest.mark.parametrize(("groups", "firms", "span"), [(0, 5, 0.1), (5, 0, 0.1), (5, 5, 0.0), (-1, 5, 0.1)])
def test_economies_without_firms_or_time_are_refused(groups, firms, span):
    with pytest.raises(CalibrationError, match=f"got {groups} groups, {firms} firms, steps of {span}"):
        FlipEconomies(MODEL, ALWAYS, groups, firms, span)
