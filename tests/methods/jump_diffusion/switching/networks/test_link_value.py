"""Values over links: the contract of layers, open flips by hand, sectors alike but for their traits, shapes refused."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import flip_each
from hetkeras.errors import ShapeError
from hetkeras.methods.jump_diffusion.switching.networks.link_value import LinkValue
from tests.layers.harness import check_layer

RNG = np.random.default_rng(1)
N = 4
SHARES = RNG.uniform(0.1, 0.3, (N, N)) * (1 - np.eye(N))
SHARES[2, 0] = 0.0
WEIGHTS = RNG.uniform(0.5, 1.5, N)
TRAITS = RNG.normal(size=(N, 2))


def make(shares=SHARES, weights=WEIGHTS, traits=TRAITS, dtype="float64", **changes):
    given = {"turn_scales": 0.3 * weights, "element_hidden": (7, 6), "latent": 4, "hidden": (6,)} | changes
    return LinkValue(shares.tolist(), weights.tolist(), traits.tolist(), **given, dtype=dtype)


def points(*shape, seed=0):
    """States [..., N, 2] and links [..., N^2] with a full diagonal."""
    rng = np.random.default_rng(seed)
    links = rng.integers(0, 2, (*shape, N, N)) | np.eye(N, dtype=int)
    return tf.constant(rng.normal(size=(*shape, N, 2))), tf.constant(links.reshape(*shape, -1).astype(float))


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
    here, after = network.with_open_flips(states, links, sector, which)
    np.testing.assert_allclose(here, network(states, links), rtol=1e-14)
    flipped = network(tf.repeat(states[:, None], N, 1), flip_each(links, which))  # [B, S, Z]
    expected = tf.gather(flipped, tf.repeat(sector[:, None], N, 1), axis=-1, batch_dims=2)
    moved = np.arange(N) != sector.numpy()[:, None]  # a sector's link to itself is always there
    np.testing.assert_allclose(after.numpy()[moved], expected.numpy()[moved], rtol=1e-13)
    assert np.abs(after.numpy() - tf.gather(here, sector, batch_dims=1).numpy()[:, None])[moved].max() > 1e-3


def test_one_regime_has_its_value_among_those_of_all(network):
    states, links = points(2, 6)
    sector = tf.constant([[0, 1, 2, 3, 0, 1], [3, 3, 2, 1, 0, 0]])
    expected = tf.gather(network(states, links), sector, axis=-1, batch_dims=2)
    np.testing.assert_allclose(network.in_regime(states, links, sector), expected, rtol=1e-14)


def test_links_without_a_share_and_to_oneself_mean_nothing(network):
    states, links = points(1)
    for place in (2 * N, 0, N + 1):
        other = links.numpy().copy()
        other[0, place] = 1 - other[0, place]
        np.testing.assert_allclose(network(states, tf.constant(other)), network(states, links), rtol=1e-13)


def test_renaming_sectors_renames_values(network):
    order = np.array([2, 0, 3, 1])
    renamed = make(SHARES[np.ix_(order, order)], WEIGHTS[order], TRAITS[order])
    states, links = points(5)
    renamed(states, links)
    renamed.set_weights(network.get_weights())
    for layer, own in ((renamed, network), (renamed.encoder, network.encoder)):
        for name in {"marks", "readings", "turn_readings"} & set(vars(own)):
            getattr(layer, name).assign(tf.gather(getattr(own, name).value, order))
    table = links.numpy().reshape(5, N, N)[:, order][:, :, order].reshape(5, -1)
    found = renamed(tf.gather(states, order, axis=1), tf.constant(table))
    np.testing.assert_allclose(found, tf.gather(network(states, links), order, axis=1), rtol=1e-12)


def test_moments_are_those_of_sample_states(network):
    fresh = make()
    states, _ = points(50)
    fresh.adapt(states)
    np.testing.assert_allclose(fresh.encoder.scaling.mean, states.numpy().reshape(-1, 2).mean(0), rtol=1e-12)


def test_what_does_not_fit_is_refused(network):
    with pytest.raises(ShapeError, match=r"4 sectors, 3 weights and 4 rows of traits; expected"):
        make(weights=WEIGHTS[:3], turn_scales=[1.0] * 4)
    with pytest.raises(ShapeError, match=r"LinkValue got 3 scales of turns for 4 sectors; expected one for each"):
        make(turn_scales=[1.0] * 3)
    states, links = points(1)
    with pytest.raises(ShapeError, match=r"\(1, 3, 2\) of 3 sectors; expected 4"):
        network(states[:, :3], links)
