"""Values of all delegates in all turns: the contract of layers, open flips by hand, renaming sectors, refusals."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import flip_each
from hetkeras.errors import ShapeError
from hetkeras.methods.jump_diffusion.switching.networks.delegate_value import DelegateValue
from tests.layers.harness import check_layer
from tests.methods.jump_diffusion.switching.networks.test_link_value import SHARES, TRAITS, WEIGHTS, N, points

SCALES = np.random.default_rng(5).uniform(0.1, 1, (N, N))


def make(shares=SHARES, weights=WEIGHTS, traits=TRAITS, scales=SCALES, dtype="float64", **changes):
    given = {"element_hidden": (7, 6), "latent": 4, "hidden": (6,)} | changes
    return DelegateValue(shares.tolist(), weights.tolist(), traits.tolist(), scales.tolist(), **given, dtype=dtype)


@pytest.fixture(scope="module")
def network():
    """With weights and moments that no initialiser gives."""
    found, rng = make(), np.random.default_rng(2)
    found(*points(1))
    found.set_weights([rng.uniform(-0.7, 0.9, weight.shape) for weight in found.weights])
    return found


def test_it_keeps_the_contract_of_layers():
    check_layer(lambda dtype: make(dtype=dtype, activation="tanh"), ("B", N, 2), ("B", N * N))


def test_open_flips_are_values_of_the_networks_after_them(network):
    states, links = points(6)
    sector = tf.constant([0, 1, 2, 3, 0, 1])
    which = sector[:, None] * N + tf.range(N)
    delegates = tf.tile(tf.range(N)[None, None], (6, N, 1))  # all of them at each flip
    here, after = network.with_open_flips(states, links, delegates * N + sector[:, None, None], which)
    np.testing.assert_allclose(here, network(states, links), rtol=1e-13)
    flipped = network(tf.repeat(states[:, None], N, 1), flip_each(links, which))  # [B, S, N^2]
    table = tf.reshape(flipped, (6, N, N, N)).numpy()
    expected = table[np.arange(6), :, :, sector]
    moved = np.arange(N) != sector.numpy()[:, None]  # a sector's link to itself is always there
    np.testing.assert_allclose(after.numpy()[moved], expected[moved], rtol=1e-12)
    one = network.with_open_flips(states, links, 2 * N + sector, which)[1]
    np.testing.assert_allclose(one, after[..., 2], rtol=1e-13)
    assert np.ptp(after.numpy()[moved], -1).min() > 1e-3


def test_renaming_sectors_renames_delegates_and_turns(network):
    order = np.array([2, 0, 3, 1])
    both = np.ix_(order, order)
    renamed = make(SHARES[both], WEIGHTS[order], TRAITS[order], SCALES[both])
    states, links = points(5)
    renamed(states, links)
    renamed.set_weights(network.get_weights())
    renamed.encoder.marks.assign(tf.gather(network.encoder.marks.value, order))
    readings = network.readings.numpy().reshape(N, N, -1)[both]
    renamed.readings.assign(readings.reshape(N * N, -1))
    table = links.numpy().reshape(5, N, N)[:, order][:, :, order].reshape(5, -1)
    found = renamed(tf.gather(states, order, axis=1), tf.constant(table)).numpy().reshape(5, N, N)
    expected = network(states, links).numpy().reshape(5, N, N)[:, order][:, :, order]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match=r"DelegateValue got 3 rows of scales of turns for 4 sectors; expected 4 rows"):
        make(scales=SCALES[:3])
    with pytest.raises(ShapeError, match=r"4 sectors, 3 weights and 4 rows of traits; expected"):
        make(weights=WEIGHTS[:3])
