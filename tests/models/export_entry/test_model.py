"""Export entry: closed forms in their HJB equation, flips by brute force, efforts by trying."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion, flip
from hetkeras.models.export_entry.model import ExportEntry
from tests.models.export_entry.calibrations import CALIBRATIONS, COMMON, EFFORTS, MODELS, MOVING, RNG, points
from tests.references.export_entry.entry_oracles import best_holding, best_option

EXTENSIONS = {"none": {}, "all": EFFORTS, **{name: {name: value} for name, value in EFFORTS.items()}}
EXTENDED = pytest.mark.parametrize(
    "model", [ExportEntry(**COMMON, **fields) for fields in EXTENSIONS.values()], ids=EXTENSIONS
)
GAINS = np.linspace(-6.0, 7.0, 53).reshape(-1, 1) + np.array([0.0, 0.01, 0.02])


OFF, ON = np.zeros_like(GAINS), np.ones_like(GAINS)


def by_flipping(value, state, binary):
    """Gains of all flips, one by one."""
    whole = np.arange(binary.shape[1])[:, None] * np.ones(binary.shape[0], int)
    return np.stack([value(state, flip(binary, tf.constant(row))) - value(state, binary) for row in whole], 1)


def drift_of_linear(model, value, state, binary):
    """L V where V is linear in the states, which is checked."""
    here = value(state, binary)
    for move in tf.eye(state.shape[1], dtype=state.dtype):
        curvature = value(state + move, binary) + value(state - move, binary) - 2 * here
        np.testing.assert_allclose(curvature, 0, atol=1e-11)
    return value(state + model.drift(state, binary), binary) - here


# --- closed forms --------------------------------------------------------------------------------------------
@MODELS
@pytest.mark.parametrize("accept", [True, False])
def test_closed_forms_solve_the_hjb_equation_of_their_policy(model, accept):
    def value(state, binary):
        return model.closed_form(state, binary, accept)

    state, binary = points(model)
    gains = by_flipping(value, state, binary)
    entries = accept * model.opportunity_rate * (1 - binary) * (gains - np.broadcast_to(model.entry_cost, gains.shape))
    jumps = tf.reduce_sum(entries + model.loss_rate * binary * gains, 1)
    right = model.flow(state, binary) + drift_of_linear(model, value, state, binary) + jumps
    np.testing.assert_allclose(model.discount_rate * value(state, binary), right, rtol=0, atol=1e-12)


@MODELS
def test_the_flow_is_what_active_destinations_earn_and_add_to_each_other(model):
    state, binary = points(model)
    parts = np.split(state.numpy(), len(model.state_names), 1)
    revenue = parts[1] if len(parts) == 2 else np.broadcast_to(model.revenue, parts[0].shape)
    for row, on in enumerate(binary.numpy()):
        pairs = [model.complementarities[j, m] for j in np.flatnonzero(on) for m in np.flatnonzero(on)]
        expected = sum(on * (revenue - parts[0])[row]) + sum(pairs)
        assert float(model.flow(state[row], binary[row])) == pytest.approx(expected, abs=1e-13)


@MODELS
def test_the_baseline_is_the_value_of_never_entering_with_its_flips_and_its_remainder(model):
    state, binary = points(model)
    found = model.baseline(state, binary)

    def value(*at):
        return model.baseline(*at).value

    np.testing.assert_array_equal(found.value, model.closed_form(state, binary, False))
    np.testing.assert_allclose(found.gains, by_flipping(value, state, binary), rtol=0, atol=1e-12)
    left = model.flow(state, binary) + drift_of_linear(model, value, state, binary) - model.discount_rate * found.value
    np.testing.assert_allclose(tf.reduce_sum(found.remainder, 1), left, rtol=0, atol=1e-12)
    losses = model.loss_rate * binary * found.gains  # what makes the simulated value of never entering exact
    np.testing.assert_allclose(found.remainder + losses, 0, atol=1e-15)


@MODELS
@pytest.mark.parametrize("contract", [JumpDiffusion, ExportEntry])
def test_one_flip_of_the_baseline_is_that_of_all_flips(model, contract):
    state, binary = points(model)
    which = np.arange(40) % model.num_binary
    gain, remainder = contract.baseline_flip(model, state, binary, tf.constant(which))
    found = model.baseline(state, binary)
    np.testing.assert_allclose(gain, found.gains.numpy()[np.arange(40), which], rtol=0, atol=1e-13)
    np.testing.assert_allclose(remainder, found.remainder.numpy()[np.arange(40), which], rtol=0, atol=1e-13)


@MODELS
def test_gains_of_the_baseline_in_groups_are_those_of_all_flips(model):
    state, rng = points(model)[0][:4], np.random.default_rng(5)
    binary = tf.constant(rng.integers(0, 2, (4, 6, model.num_binary)), tf.float64)
    cells = [tf.constant(rng.integers(0, high, 50)) for high in binary.shape]
    gains = np.stack([model.baseline(tf.repeat(state[g : g + 1], 6, 0), binary[g]).gains for g in range(4)])
    for contract in (JumpDiffusion, ExportEntry):
        found = contract.baseline_gains(model, state, binary, *cells)
        np.testing.assert_allclose(found, gains[tuple(map(np.array, cells))], rtol=0, atol=1e-13)


def test_without_a_closed_form_the_baseline_is_zero_and_leaves_the_whole_flow():
    model = CALIBRATIONS["heterogeneous"]
    state, binary = points(model)
    found = JumpDiffusion.baseline(model, state, binary)
    assert not found.value.numpy().any()
    assert not found.gains.numpy().any()
    np.testing.assert_allclose(tf.reduce_sum(found.remainder, 1), model.flow(state, binary), rtol=1e-14)


@pytest.mark.parametrize("accept", [True, False])
def test_in_other_money_values_are_in_other_money(accept):
    model = CALIBRATIONS["moving revenue and own shocks"]
    money = ("revenue", "mean_cost", "entry_cost", "cost_loadings", "complementarity", *MOVING)
    richer = dataclasses.replace(model, **{name: tuple(3.5 * x for x in getattr(model, name)) for name in money})
    state, binary = points(model)
    expected = 3.5 * model.closed_form(state, binary, accept)
    np.testing.assert_allclose(richer.closed_form(3.5 * state, binary, accept), expected, rtol=1e-12, atol=1e-12)
    assert richer.value_scale == pytest.approx(3.5 * model.value_scale, rel=1e-12)


# --- flips ---------------------------------------------------------------------------------------------------
@EXTENDED
def test_the_surplus_is_the_best_over_efforts_decisions_and_exits(model):
    worth = GAINS - np.array(COMMON["entry_cost"])
    for binary, tried in ((OFF, best_option(model, worth)), (ON, best_holding(model, -GAINS))):
        np.testing.assert_allclose(model.jump_payoff(binary, GAINS, GAINS), tried, rtol=0, atol=2e-5)


@EXTENDED
@pytest.mark.parametrize("binary", [OFF, ON], ids=["off", "on"])
def test_the_intensity_is_the_slope_of_the_surplus(model, binary):
    gains = tf.constant(GAINS)
    with tf.GradientTape() as tape:
        tape.watch(gains)
        surplus = model.jump_payoff(binary, gains, gains)
    np.testing.assert_allclose(tape.gradient(surplus, gains), model.intensity(binary, gains), rtol=0, atol=1e-13)


@EXTENDED
@pytest.mark.parametrize("binary", [OFF, ON], ids=["off", "on"])
def test_decisions_by_other_gains_are_worth_less_and_linear_in_what_flips_are_worth(model, binary):
    valued = RNG.permutation(GAINS)
    found, best = model.jump_payoff(binary, GAINS, valued).numpy(), model.jump_payoff(binary, valued, valued).numpy()
    straight = model.jump_payoff(binary, GAINS, GAINS) + model.intensity(binary, GAINS) * (valued - GAINS)
    np.testing.assert_allclose(found, straight, rtol=0, atol=1e-12)
    assert (found <= best + 1e-13).all()
    assert (found < best - 1e-3).any() == model.endogenous_flips[int(binary[0, 0])]


@EXTENDED
@pytest.mark.parametrize("method", ["intensity", "jump_payoff"])
def test_single_flips_are_treated_as_all_flips_are(model, method):
    binary, which = RNG.integers(0, 2, GAINS.shape).astype(float), RNG.integers(0, 3, len(GAINS))
    arguments = [binary, GAINS, GAINS[::-1].copy()][: 2 if method == "intensity" else 3]
    cases = [tf.constant(each[np.arange(len(which)), which]) for each in arguments]
    found = getattr(model, method)(*cases, which=tf.constant(which))
    np.testing.assert_allclose(found, getattr(model, method)(*arguments).numpy()[np.arange(len(which)), which])


@EXTENDED
def test_bounds_of_intensities_are_attained_and_constant_ones_do_not_depend_on_gains(model):
    for kind, binary in enumerate((OFF, ON)):
        rates, bounds = model.intensity(binary, 100 * GAINS).numpy(), model.max_hazard[:, kind]
        assert (rates >= 0).all()
        assert (rates <= bounds).all()
        if np.isfinite(bounds).all():
            np.testing.assert_allclose(rates.max(0), bounds, rtol=1e-14)
        else:
            assert (rates.max(0) > 100).all()
        assert bool(np.ptp(rates)) == model.endogenous_flips[kind]


def test_opportunities_are_accepted_where_the_gain_exceeds_the_cost_of_entry_and_nothing_is_on():
    model = ExportEntry(num_destinations=4, entry_cost=(0.5, -1.0, 0.5, 0.5))
    gains = tf.constant([[0.5, -0.9, 0.51, 9.0]], tf.float64)
    found = model.accepts(tf.constant([[0.0, 0.0, 0.0, 1.0]], tf.float64), gains)
    np.testing.assert_array_equal(found, [[False, True, True, False]])
    np.testing.assert_array_equal(model.intensity(tf.zeros((1, 4), tf.float64), gains), [[0.0, 0.5, 0.5, 0.5]])
