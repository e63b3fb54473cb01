"""Networks of firms with branches: values against plain sums, slopes by differences, choices row by row."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.moves import DIGITS, MOVES
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from hetkeras.methods.krusell_smith.branching.samples import BranchSample
from tests.small_branches import MODEL, STATES, first_rules

RNG = np.random.default_rng(1)
ROWS = 12
SAMPLE = BranchSample(
    tf.constant(RNG.integers(0, STATES, ROWS), tf.int32),
    *(tf.constant(RNG.uniform(low, high, ROWS), tf.float32) for low, high in ((0.8, 2.5), (0.6, 4.0), (0.06, 0.6))),
    tf.constant(np.where(np.arange(ROWS) < ROWS // 2, 0, 0.02), tf.float32),
)


@pytest.fixture(scope="module")
def networks():
    keras.utils.set_random_seed(0)
    made = BranchNetworks(MODEL, first_rules(), (10, 10), (8, 8), price_noise=0.05, waves=1)
    for weight in (*made.value_weights, *made.policy_weights, *made.value.slow.weights, made.value.level):
        weight.assign(RNG.normal(0, 0.4, weight.shape))
    return made


@pytest.fixture(scope="module")
def found(networks):
    return networks.evaluate(SAMPLE)


def kept():
    capital, labor = SAMPLE.capital.numpy(), SAMPLE.lagged_labor.numpy()
    low = MODEL.capital_nodes[0], MODEL.labor_nodes[0]
    return np.maximum((1 - MODEL.depreciation) * capital, low[0]), np.maximum((1 - MODEL.separation) * labor, low[1])


def test_what_a_move_keeps_is_kept_to_the_bit_and_targets_are_inside_their_bounds(networks, found):
    own = MODEL.kept_capital(SAMPLE.capital).numpy(), MODEL.kept_labor(SAMPLE.lagged_labor).numpy()
    nodes = MODEL.capital_nodes, MODEL.labor_nodes
    for which in (0, 1):
        np.testing.assert_array_equal(found.branches.choice[which][..., 0], np.repeat(own[which][:, None], 3, 1))
        for place, digits in enumerate(DIGITS):
            column = found.targets[which].numpy()[..., place]
            if digits[which]:
                assert column.min() > nodes[which][0] * (1 - 1e-6)
                assert column.max() < nodes[which][-1] * (1 + 1e-6)
                assert np.ptp(column) > 0.01
            else:
                np.testing.assert_array_equal(column, np.repeat(own[which][:, None], 3, 1))


def test_branches_are_worth_their_payoff_and_what_follows(networks, found):
    following, price = networks.rules(SAMPLE.aggregate, SAMPLE.mean_capital)
    expectation = networks.value.expectation(slow=True)
    levels = MODEL.aggregate_chain.values
    for place, digits in enumerate(BRANCHES):
        choice = [x.numpy()[..., place : place + 1] for x in found.branches.choice[:2]]
        carried = networks.value.carried(expectation, True, SAMPLE.aggregate, following, *choice)[..., 0].numpy()
        np.testing.assert_allclose(found.carried[..., place], carried, rtol=1e-5)
        for row in range(ROWS):
            for own, productivity in enumerate(MODEL.idiosyncratic_chain.values):
                firm = productivity, SAMPLE.capital[row], SAMPLE.lagged_labor[row]
                taken = choice[0][row, own, 0], choice[1][row, own, 0], *digits
                at = levels[SAMPLE.aggregate[row]], float(price[row]) * (1 + float(SAMPLE.noise[row]))
                firm, taken, at = ([tf.constant(float(x), tf.float64) for x in part] for part in (firm, taken, at))
                payoff = MODEL.payoff(FirmState(*firm), FirmChoice(*taken), *at)
                assert float(found.worth[row, own, place]) == pytest.approx(float(payoff) + carried[row, own], abs=2e-5)


def test_target_slopes_are_those_of_the_best_branch(networks):
    """By small steps in what the firm has, with the choices that it adjusts held where they are."""
    half = BranchSample(*(part[: ROWS // 2] for part in SAMPLE))
    found, step = networks.evaluate(half), 1e-2
    best = tf.argmax(found.worth, -1, tf.int32)
    chosen = FirmChoice(*(tf.gather(x, best, axis=-1, batch_dims=2) for x in found.branches.choice))
    assert 0 < chosen.adjusts_capital.numpy().mean() < 1 or 0 < chosen.adjusts_labor.numpy().mean() < 1
    following, price = networks.rules(half.aggregate, half.mean_capital)
    level = tf.gather(tf.constant(MODEL.aggregate_chain.values, tf.float32), half.aggregate)

    def worth(capital, labor):
        keep = MODEL.kept_capital(capital)[:, None], MODEL.kept_labor(labor)[:, None]
        moved = [tf.where(d == 1, x, k) for d, x, k in zip(chosen[2:], chosen[:2], keep, strict=True)]
        firm = FirmState(tf.constant(MODEL.idiosyncratic_chain.values, tf.float32), capital[:, None], labor[:, None])
        payoff = MODEL.payoff(firm, FirmChoice(*moved, *chosen[2:]), level[:, None], price[:, None])
        ends = (x[..., None] for x in moved)
        return (
            payoff
            + networks.value.carried(networks.value.expectation(True), True, half.aggregate, following, *ends)[..., 0]
        )

    slopes = networks._target_slopes(half, chosen)
    for which in (0, 1):
        sides = []
        for sign in (1, -1):
            firm = [half.capital, half.lagged_labor]
            firm[which] = firm[which] * tf.exp(tf.constant(sign * step))
            sides.append(worth(*firm))
        np.testing.assert_allclose(slopes[which], (sides[0] - sides[1]) / (2 * step), rtol=2e-2, atol=5e-3)


def test_value_learns_from_rows_without_noise_and_the_policy_from_all(networks):
    moved = BranchSample(*SAMPLE[:-1], SAMPLE.noise + tf.constant(np.where(SAMPLE.noise == 0, 0, 0.01), tf.float32))
    np.testing.assert_array_equal(networks.value_loss(SAMPLE).loss, networks.value_loss(moved).loss)
    assert networks.policy_loss(SAMPLE).loss != networks.policy_loss(moved).loss


def test_each_loss_moves_its_own_networks_only(networks):
    for loss, mine in ((networks.value_loss, networks.value_weights), (networks.policy_loss, networks.policy_weights)):
        values = [weight.value for weight in networks.weights]
        with tf.GradientTape() as tape:
            output = loss(SAMPLE)
        touched = {id(w) for w, g in zip(values, tape.gradient(output.loss, values), strict=True) if g is not None}
        own = {id(weight.value) for weight in mine}
        if loss == networks.value_loss:
            assert touched == own
        else:
            assert touched >= own  # the value is climbed, and its own weights are not handed to the optimiser
        assert set(output.metrics) == set(
            networks.value_metrics if loss == networks.value_loss else networks.policy_metrics
        )


def test_nodes_and_single_firms_choose_alike(networks):
    economy = tf.constant([3, 7], tf.int32), tf.constant([1.2, 1.9], tf.float64)
    price = networks.forecast(*economy)[1] * 1.01
    table = networks.choose(networks.outlook(*economy), price)
    h, n = RNG.integers(0, MODEL.num_capital, 40), RNG.integers(0, MODEL.num_labor, 40)
    own, which = RNG.integers(0, 3, 40), RNG.integers(0, 2, 40)
    firm = (MODEL.idiosyncratic_chain.values[own], MODEL.capital_nodes[h], MODEL.labor_nodes[n])
    rows = (tf.gather(x, which) for x in (*economy, price))
    chances, choice = networks.choose_firms(*rows, FirmState(*map(tf.constant, firm)))
    np.testing.assert_allclose(np.sum(chances, -1), 1, rtol=1e-6)
    for single, nodes in zip(choice, table, strict=True):
        np.testing.assert_allclose(single, nodes.numpy()[which, own, h, n], rtol=2e-5)
    assert len(np.unique(table.adjusts_capital.numpy() + 2 * table.adjusts_labor.numpy())) > 1


def test_values_at_nodes_are_those_of_single_firms(networks):
    economy = tf.constant([3, 7], tf.int32), tf.constant([1.2, 1.9], tf.float64)
    table = networks.values(*economy).numpy()
    firm = FirmState(
        *(
            tf.constant([x], tf.float64)
            for x in (MODEL.idiosyncratic_chain.values[2], MODEL.capital_nodes[4], MODEL.labor_nodes[6])
        )
    )
    for row in (0, 1):
        one = (x[row : row + 1] for x in economy)
        np.testing.assert_allclose(networks.worth(*one, firm), table[row, 2, 4, 6], rtol=1e-5)


def test_continuation_is_the_expected_value_of_tomorrow(networks):
    economy = tf.constant([5], tf.int32), tf.constant([1.5], tf.float64)
    found = networks.continuation(*economy).numpy()[0]
    following = networks.forecast(*economy)[0]
    chances, regimes = MODEL.aggregate_chain.transition[5], MODEL.aggregate_states[1]
    tomorrow = networks.values(tf.range(STATES), tf.repeat(following, STATES)).numpy()
    own = MODEL.idiosyncratic_chain.transitions[regimes[5]]
    expected = MODEL.discount_factor * np.einsum("b,bfhl,ef->ehl", chances, tomorrow, own)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7 * np.abs(found).max())
    assert found.shape == (3, MODEL.num_capital, MODEL.num_labor)


def test_policies_see_waves_beside_logs_and_levels_and_the_economy(networks):
    seen, labor = networks._inputs(SAMPLE).numpy(), np.log(SAMPLE.lagged_labor.numpy())
    low, high = np.log(MODEL.labor_nodes[[0, -1]])
    assert seen.shape == (ROWS, 5 + 2 + 1 + 3)
    np.testing.assert_allclose(seen[:, 1], (2 * labor - low - high) / (high - low), atol=1e-5)
    np.testing.assert_allclose(seen[:, 6], np.cos(np.pi * (labor - low) / (high - low)), atol=1e-5)
    np.testing.assert_allclose(seen[:, 7], SAMPLE.noise / 0.025, rtol=1e-6)
    assert np.abs(seen).max() <= 2


def test_all_moves_and_branches_have_outputs(networks):
    inputs = tf.zeros((2, networks.continuous.stack.stack[0].kernel.shape[0]))
    assert networks.discrete(inputs).shape == (2, 3 * len(BRANCHES))
    assert networks.continuous.stack.outputs == 3 * sum(abs(k) + abs(n) for k, n in MOVES)
