"""Every layer keeps the contract of `harness.check_layer`; every constructor refuses what it cannot do."""

import pytest

from hetkeras.errors import ShapeError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.continuous_policy import ContinuousPolicy
from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.discrete_policy import DiscretePolicy
from hetkeras.layers.identity_pooling import IdentityPooling
from hetkeras.layers.known_sizes import known_sizes
from hetkeras.layers.mlp import MLP
from hetkeras.layers.moments_pooling import MomentsPooling
from hetkeras.layers.normalization import Normalization
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from tests.layers.harness import check_layer


def test_mlp():
    check_layer(lambda **kwargs: MLP((6, 5), 3, "tanh", 0.5, True, False, **kwargs), ("B", "N", 2))


@pytest.mark.parametrize("centred", [True, False])
def test_normalization(centred):
    check_layer(lambda **kwargs: Normalization(centred, **kwargs), ("B", "N", 2))


@pytest.mark.parametrize(("lower", "upper"), [(None, None), (-0.5, None), (None, 2.0), (-0.5, 2.0)])
def test_bounded_output(lower, upper):
    check_layer(lambda **kwargs: BoundedOutput(0.3, 0.7, lower, upper, **kwargs), ("B", "N"))


def test_identity_pooling():
    check_layer(IdentityPooling, ("B", "N", 2))


def test_moments_pooling():
    check_layer(lambda **kwargs: MomentsPooling(3, **kwargs), ("B", "N", 2))


@pytest.mark.parametrize("hidden_biases", [True, False])
def test_deep_sets_pooling(hidden_biases):
    def make(**kwargs):
        return DeepSetsPooling((6,), 3, "tanh", hidden_biases, **kwargs)

    check_layer(make, ("B", "N", 2))


@pytest.mark.parametrize("own_columns", [(), (1,)])
def test_symmetric_policy(own_columns):
    def make(dtype):
        pooling, head = DeepSetsPooling((6,), 3, dtype=dtype), BoundedOutput(0.3, 0.7, 0.0, dtype=dtype)
        return SymmetricPolicy(pooling, head, own_columns, (6, 5), "tanh", 1.0, False, dtype=dtype)

    check_layer(make, ("B", "K", 2), ("B", "N", 2))


def test_discrete_policy():
    check_layer(lambda **kwargs: DiscretePolicy(4, (6, 5), "tanh", 0.5, **kwargs), ("B", "N", 3))


@pytest.mark.parametrize("branches", [((0, 0), (1, 0), (0, 1), (1, 1)), ((1, 0),)])
def test_continuous_policy(branches):
    def make(dtype):
        heads = [BoundedOutput(0.3, 0.7, 0.0, 1.0, dtype=dtype), BoundedOutput(2.0, 1.0, 0.5, dtype=dtype)]
        return ContinuousPolicy(branches, heads, (6, 5), "tanh", 0.5, dtype=dtype)

    check_layer(make, ("B", "N", 3), ("B", "N", 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MomentsPooling(0), r"order=0; expected at least 1 moment"),
        (lambda: MLP((8, 0), 1), r"hidden=\(8, 0\), outputs=1; expected widths of 1 or more"),
        (lambda: MLP((8,), 0), r"hidden=\(8,\), outputs=0; expected widths of 1 or more"),
        (lambda: DeepSetsPooling((8,), 0), r"outputs=0; expected widths of 1 or more"),
        (lambda: BoundedOutput(0.0, 1.0, 0.0), r"centre=0.0.*lower=0.0, upper=None; expected lower < centre < upper"),
        (lambda: BoundedOutput(1.0, 1.0, None, 1.0), r"upper=1.0; expected lower < centre < upper"),
        (lambda: BoundedOutput(0.5, 1.0, 1.0, 0.0), r"lower=1.0, upper=0.0; expected lower < centre < upper"),
        (lambda: BoundedOutput(0.5, 0.0), r"scale=0.0.* and scale > 0"),
        (lambda: BoundedOutput(0.5, float("nan")), r"scale=nan.* and scale > 0"),
        (lambda: known_sizes((None, 3, None), 2), r"shape \(None, 3, None\); expected known sizes of its last 2 axes"),
    ],
)
def test_constructors_refuse(make, message):
    with pytest.raises(ShapeError, match=message):
        make()
