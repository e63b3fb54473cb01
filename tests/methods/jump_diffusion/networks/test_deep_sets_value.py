"""DeepSets values: the contract of layers, flips by hand, elements alike but for their traits, shapes refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.methods.jump_diffusion.networks.base import FlipValue
from hetkeras.methods.jump_diffusion.networks.deep_sets_value import DeepSetsValue
from tests.layers.harness import check_layer

RNG = np.random.default_rng(1)
TRAITS = RNG.normal(size=(5, 3))
PAIRS = np.triu(RNG.uniform(-0.5, 1.0, (5, 5)), 1)
PAIRS += PAIRS.T
ORDER = np.random.default_rng(3).permutation(5)
TIGHT = {"rtol": 0, "atol": 1e-13}


def make(traits=TRAITS, dtype="float64", **changes):
    return DeepSetsValue(
        traits.tolist(), **{"element_hidden": (7, 6), "latent": 4, "hidden": (6,), **changes}, dtype=dtype
    )


def points(*shape, elements=5, states=2, seed=0):
    """States [..., J, K] and binary states [..., J]."""
    rng = np.random.default_rng(seed)
    binary = rng.integers(0, 2, (*shape, elements)).astype(float)
    return tf.constant(rng.normal(size=(*shape, elements, states))), tf.constant(binary)


@pytest.fixture(scope="module", params=[(), PAIRS.tolist()], ids=["alone", "pairs"])
def network(request):
    """With weights and moments that no initialiser gives."""
    found, rng = make(pairs=request.param), np.random.default_rng(2)
    found(*points(1))
    found.set_weights([rng.uniform(-0.7, 0.9, weight.shape) for weight in found.weights])
    return found


def test_elements_without_traits_leave_no_empty_product_in_the_graph():
    """With oneDNN a product with nothing in it ends the process that runs the graph."""
    network, states = make(np.zeros((5, 0))), points(3)
    network(*states)
    graph = tf.function(network).get_concrete_function(*states).graph
    shapes = [side.shape for op in graph.get_operations() if "MatMul" in op.type for side in op.inputs]
    assert shapes
    assert all(0 not in shape for shape in shapes)


@pytest.mark.parametrize("pairs", [(), PAIRS.tolist()])
def test_it_keeps_the_contract_of_layers(pairs):
    check_layer(lambda dtype: make(dtype=dtype, activation="tanh", pairs=pairs), ("B", 5, 2), ("B", 5))


def test_it_is_the_formula(network):
    """rho(mean_j phi0(x_j) + y_j phi1(x_j), q), the first summary added; with pairs elements see their neighbours."""
    links = 2 * PAIRS / np.abs(PAIRS).sum()
    elements, binary = (part.numpy() for part in points(3))
    columns = (TRAITS - TRAITS.mean(0)) / TRAITS.std(0)
    scaled = (elements - network.scaling.mean.numpy()) / network.scaling.deviation.numpy()
    for row in range(3):
        near = [links @ scaled[row] / np.abs(links).sum(1, keepdims=True)] if network.pairs else []
        features = network.phi(tf.constant(np.column_stack([scaled[row], *near, columns]))).numpy()
        summary = (features[:, :4] + binary[row, :, None] * features[:, 4:]).mean(0)
        if network.pairs:
            summary = np.append(summary, binary[row] @ links @ binary[row] / 2)
        expected = summary[0] + network.rho(tf.constant(summary[None])).numpy()[0, 0]
        found = network(elements[row : row + 1], binary[row : row + 1])
        assert float(found[0]) == pytest.approx(expected, abs=1e-13)


def test_elements_may_change_places_together_with_their_traits(network):
    order, (elements, binary) = ORDER, points(8)
    twin = make(TRAITS[order], pairs=PAIRS[order][:, order].tolist() if network.pairs else ())
    moved = tf.gather(elements, order, axis=1), tf.gather(binary, order, axis=1)
    twin(*moved)
    twin.set_weights(network.get_weights())
    np.testing.assert_allclose(twin(*moved), network(elements, binary), **TIGHT)
    here, flipped = network.with_flips(elements, binary)
    there, others = twin.with_flips(*moved)
    np.testing.assert_allclose(there, here, **TIGHT)
    np.testing.assert_allclose(others, tf.gather(flipped, order, axis=1), **TIGHT)
    assert np.abs(network(*moved) - network(elements, binary)).min() > 1e-4  # without their traits they may not


def test_without_traits_elements_may_change_places():
    network, (elements, binary) = make(TRAITS[:, :0]), points(8)
    moved = tf.reverse(elements, [1]), tf.reverse(binary, [1])
    np.testing.assert_allclose(network(*moved), network(elements, binary), **TIGHT)
    assert np.ptp(network(elements, binary)) > 1e-3


@pytest.mark.parametrize("shape", [(4,), (2, 3), (1, 2, 1)])
def test_values_after_each_flip_are_those_of_flipped_states(network, shape):
    elements, binary = points(*shape)
    here, flipped = network.with_flips(elements, binary)
    np.testing.assert_allclose(here, network(elements, binary), **TIGHT)
    assert flipped.shape == (*shape, 5)
    for j in range(5):
        changed = binary.numpy()
        changed[..., j] = 1 - changed[..., j]
        np.testing.assert_allclose(flipped[..., j], network(elements, tf.constant(changed)), **TIGHT)
    assert np.abs(flipped - here[..., None]).min() > 1e-5
    same, some = network.with_flips(elements, binary, tf.constant([3, 0]))
    np.testing.assert_allclose(same, here, **TIGHT)
    np.testing.assert_allclose(some, flipped.numpy()[..., [3, 0]], **TIGHT)


@pytest.mark.parametrize("pairs", [(), PAIRS.tolist()])
@pytest.mark.parametrize("hidden", [(6,), (5, 4), ()])
def test_single_flips_of_groups_are_those_of_the_base_class_and_of_all_flips(hidden, pairs):
    network, (elements, _) = make(hidden=hidden, pairs=pairs), points(3)
    network(*points(1))
    network.set_weights([RNG.uniform(-0.7, 0.9, weight.shape) for weight in network.weights])
    binary = points(3, 4, seed=5)[1]
    rng = np.random.default_rng(6)
    group, member, which = (tf.constant(rng.integers(0, high, 30)) for high in (3, 4, 5))
    found = network.at_flips(elements, binary, group, member, which)
    expected = FlipValue.at_flips(network, elements, binary, group, member, which)
    here, flipped = network.with_flips(tf.repeat(elements[:, None], 4, 1), binary)
    for parts in (found, expected):
        np.testing.assert_allclose(parts[0], here.numpy()[group, member], **TIGHT)
        np.testing.assert_allclose(parts[1], flipped.numpy()[group, member, which], **TIGHT)


def test_no_case_at_all_gives_no_values(network):
    none = tf.zeros((0,), tf.int32)
    found = network.at_flips(points(3)[0], points(3, 4)[1], none, none, none)
    assert [part.shape for part in found] == [(0,), (0,)]


def test_only_the_proportions_of_pairs_count(network):
    elements, binary = points(8)
    if network.pairs:
        twin = make(pairs=(7 * PAIRS).tolist())
        twin(elements, binary)
        twin.set_weights(network.get_weights())
        np.testing.assert_allclose(twin(elements, binary), network(elements, binary), **TIGHT)


@pytest.mark.parametrize("pairs", [PAIRS[:4, :4].tolist(), PAIRS[:4].tolist(), PAIRS[:, :4].tolist()])
def test_pairs_of_other_elements_are_refused(pairs):
    with pytest.raises(ShapeError, match=rf"pairs of {len(pairs)} rows for 5 elements; expected \[J\]\[J\]"):
        make(pairs=pairs)


def test_one_element_is_enough():
    network, (elements, binary) = make(TRAITS[:1]), points(6, elements=1)
    assert network(elements, binary).shape == (6,)
    here, flipped = network.with_flips(elements, binary)
    np.testing.assert_allclose(flipped[:, 0], network(elements, 1 - binary), **TIGHT)
    np.testing.assert_allclose(here, network(elements, binary), **TIGHT)
    assert np.isfinite(here).all()
    group, first = tf.range(6), tf.zeros(6, tf.int32)
    single = network.at_flips(elements, binary[:, None], group, first, first)
    np.testing.assert_allclose(single[1], flipped[:, 0], **TIGHT)


def test_adapting_standardises_states_over_batch_and_elements():
    network, (elements, _) = make(), points(200)
    network.adapt(3 + 2 * elements)
    network(*points(1))
    scaled = network.scaling(3 + 2 * elements).numpy()
    np.testing.assert_allclose(scaled.mean((0, 1)), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std((0, 1)), 1, rtol=1e-12)


def test_traits_that_do_not_vary_are_only_centred():
    level, (elements, binary) = np.ones((5, 1)), points(4)
    with_level, without = make(np.column_stack([TRAITS, 7 * level])), make(np.column_stack([TRAITS, 0 * level]))
    without(elements, binary)
    with_level(elements, binary)
    without.set_weights(with_level.get_weights())
    np.testing.assert_array_equal(with_level(elements, binary), without(elements, binary))


def test_gradients_of_flips_are_finite_and_reach_every_weight(network):
    elements, binary = points(16)
    weights = [weight.value for weight in network.trainable_variables]
    with tf.GradientTape() as tape:
        here, flipped = network.with_flips(1e3 * elements, binary)
        loss = tf.reduce_mean(tf.square(flipped - here[:, None]))
    gradients = tape.gradient(loss, weights)
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    sizes = [np.abs(gradient).max() for gradient in gradients]
    assert sizes[-1] < 1e-9 * max(sizes)  # the bias of the output cancels in every flip
    assert min(sizes[:-1]) > 1e-9 * max(sizes)


def test_two_networks_of_one_seed_are_equal():
    found = []
    for _ in range(2):
        keras.utils.set_random_seed(4)
        found.append(make()(*points(3)))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("shapes", [((4, 3, 2), (4, 5)), ((4, 5, 2), (4, 3))])
def test_states_and_binary_states_of_different_elements_are_refused(network, shapes):
    with pytest.raises(ShapeError, match=r"DeepSetsValue got states .* expected \[\.\.\., J, K\] and \[\.\.\., J\]"):
        network.with_flips(*(tf.zeros(shape, tf.float64) for shape in shapes))


def test_every_way_in_refuses_what_does_not_fit_together(network):
    with pytest.raises(ShapeError):
        network(tf.zeros((4, 3, 2), tf.float64), tf.zeros((4, 5), tf.float64))


def test_states_of_more_elements_than_have_traits_are_refused():
    network = make(TRAITS[:1])
    network(*points(2, elements=1))
    with pytest.raises(ShapeError):
        network.with_flips(*points(2, elements=2))
