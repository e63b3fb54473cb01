"""How networks of lumpy firms are trained: what each loss moves, what choices aim at, the band in which firms wait."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.networks import NeuralFirms
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import CHOICE_UNIT, LONGEST_STEP, TabulatedFirms
from hetkeras.methods.krusell_smith.networks import follow
from hetkeras.models.khan_thomas import KhanThomas
from tests.methods.krusell_smith.lumpy.stirred_networks import CAPITAL, MEAN_CAPITAL, make_sample, stir
from tests.small_firms import MODEL, terry_rules


# --- training ------------------------------------------------------------------------------------------------
def gradients(weights, loss, sample):
    values = [weight.value for weight in weights]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        output = loss(sample)
    return tape.gradient(output.loss, values)


def test_the_value_loss_gives_the_policy_no_gradient(firms):
    sample = make_sample()
    assert all(gradient is None for gradient in gradients(firms.policy_weights, firms.value_loss, sample))
    assert all(gradient is None for gradient in gradients(firms.slow_weights, firms.value_loss, sample)[:-1])
    for weights, loss in ((firms.value_weights, firms.value_loss), (firms.policy_weights, firms.policy_loss)):
        found = gradients(weights, loss, sample)
        assert all(np.isfinite(gradient).all() for gradient in found)
        assert max(np.abs(gradient).max() for gradient in found) > 0


def test_a_climb_of_one_loss_leaves_the_other_networks_as_they_are(firms):
    settings = KrusellSmithSettings(first_steps=10, warmup_steps=0)
    histogram = Histogram(*MODEL.capital_bounds, 20)
    solver = NeuralLumpy(firms, settings, np.full(40, 2), 5, histogram)
    groups = {"value": firms.value_weights, "policy": firms.policy_weights, "slow": firms.slow_weights}
    for which, (name, loss) in enumerate((("value", firms.value_loss), ("policy", firms.policy_loss))):
        before = {group: [weight.numpy() for weight in weights] for group, weights in groups.items()}
        finite, _ = solver._gradient_step(which, groups[name], loss, make_sample())
        assert finite
        for group, weights in groups.items():
            same = [np.array_equal(old, new) for old, new in zip(before[group], weights, strict=True)]
            assert not any(same) if group == name else all(same), (name, group)


def test_choices_aim_where_the_first_order_condition_holds(tables):
    """A step of Newton goes up, and takes most of the slope of R in log k* where it is not cut short."""
    sample = make_sample()
    following, price, goals = tables.policy_targets(sample)
    start = tf.math.log(tables.targets(sample.mean_capital, following, price))

    def slope(logs, step=0.01):
        sides = (tables.reached(following, price, tf.exp(logs + side), slow=True) for side in (step, -step))
        return np.float64(next(sides) - next(sides)) / (2 * step)

    moves, before = (goals - start).numpy(), slope(start)
    assert np.abs(moves).max() <= LONGEST_STEP * 1.0001
    np.testing.assert_array_equal(np.sign(moves), np.sign(before))
    whole = np.abs(moves) < 0.999 * LONGEST_STEP
    assert whole.mean() > 0.1
    assert np.abs(slope(goals)[whole]).mean() < 0.3 * np.abs(before[whole]).mean()


def test_the_policy_gradient_leads_to_what_choices_aim_at(tables):
    """A common shift of all factors by x moves each log of a choice by x."""
    sample = make_sample()
    gradient = gradients([tables.policy_weights[-1]], tables.policy_loss, sample)[0].numpy().sum()
    following, price, goals = tables.policy_targets(sample)
    away = tf.math.log(tables.targets(sample.mean_capital, following, price)) - goals
    assert gradient == pytest.approx(2 * float(tf.reduce_mean(away)) / CHOICE_UNIT**2, rel=1e-3)


def test_soft_updates_go_a_share_of_the_way(firms):
    stir(firms.value_weights, 0.1)
    slow = firms.slow_weights
    before = [weight.numpy() for weight in slow]
    firms.follow({"level_shift": tf.constant(0.5)})
    followed = slow[:-1] if isinstance(firms, TabulatedFirms) else slow
    for old, new, fast in zip(before, followed, firms.value_weights, strict=False):
        np.testing.assert_allclose(new, old + 0.05 * (fast.numpy() - old), rtol=1e-5, atol=1e-7)
    if isinstance(firms, TabulatedFirms):
        assert float(slow[-1]) == pytest.approx(0.05 / (1 - 0.977) * 0.5, rel=1e-5)


def test_target_networks_start_where_the_value_is(firms):
    slow = firms.tomorrow(MEAN_CAPITAL, CAPITAL, slow=True)
    np.testing.assert_array_equal(slow, firms.tomorrow(MEAN_CAPITAL, CAPITAL, slow=False))
    stir(firms.value_weights, 0.1)
    np.testing.assert_array_equal(slow, firms.tomorrow(MEAN_CAPITAL, CAPITAL, slow=True))
    assert np.abs(slow - firms.tomorrow(MEAN_CAPITAL, CAPITAL, slow=False)).max() > 1e-4


def test_following_refuses_lists_of_different_length():
    weights = [keras.Variable(0.0), keras.Variable(1.0)]
    with pytest.raises(ValueError):
        follow(weights, weights[:1], 0.5)


def test_both_parametrisations_offer_what_the_simulator_asks(firms):
    assert isinstance(firms, NeuralFirms)
    groups = [*firms.value_weights, *firms.policy_weights, *firms.slow_weights]
    assert len({id(weight) for weight in groups}) == len(groups)
    metrics = firms.value_loss(make_sample()).metrics
    assert set(firms.value_metrics) <= set(metrics)


# --- the band in which firms wait ----------------------------------------------------------------------------
def test_the_band_has_the_width_of_the_root_of_the_cost():
    """Waiting costs the square of the distance: a hundredth of the adjustment cost, a tenth of the band."""
    wide, narrow = (
        TabulatedFirms(KhanThomas(largest_cost=cost), terry_rules(), (4,))._band for cost in (0.0083, 0.000083)
    )
    assert narrow == pytest.approx(wide / 10, rel=0.05)


def test_firms_wait_around_where_they_would_stay_without_frictions(tables):
    """At an anchor the distance is nil and staying leads to the frictionless target at expected prices."""
    mean_capital = tf.constant([1.5])
    following, price = tables.expectations(mean_capital)
    free = MODEL.frictionless_target(tf.constant([2]), price[:, 2], tables.expectations(following[:, 2])[1])
    anchors = tf.exp(tables._anchors(mean_capital))
    np.testing.assert_allclose(MODEL.unadjusted_capital(anchors), free, rtol=1e-5)
    features, slopes = tables._features(mean_capital, anchors)
    np.testing.assert_allclose(tf.linalg.diag_part(features[0, :, 2:]), 0, atol=1e-4)
    np.testing.assert_allclose(tf.linalg.diag_part(slopes[0, :, 2:]), 1 / tables._band, rtol=1e-4)
