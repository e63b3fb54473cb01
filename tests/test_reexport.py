"""A SavedModel that is exported again from its own weights says what it said, or stays as it is."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import HetkerasError
from hetkeras.method import method_of
from hetkeras.models.investment import Investment
from tools import reexport

MODEL = Investment(num_firms=8)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Weights that no solver starts from, bounds that no path visits, and a record."""
    path, method = tmp_path_factory.mktemp("again") / "model", method_of(MODEL)
    solution = method.solver(MODEL, method.shorter(seed=3)).solution()
    saved_model.export(solution, path)
    saved_model.record_measurements(path, {"policy_error_mean": 0.5}, {"option": 1})
    return path


@pytest.fixture
def path(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "model")


def test_it_keeps_weights_bounds_and_record(path):
    before = saved_model.load(path)
    reexport.reexport(path)
    after = saved_model.load(path)
    assert all((old.numpy() == new.numpy()).all() for old, new in zip(before.weights, after.weights, strict=True))
    for kept in ("bounds", "training", "measured", "measured_with", "signatures"):
        assert after.metadata[kept] == before.metadata[kept]
    capital = tf.constant(np.random.default_rng(0).uniform(0.6, 1, (2, 5)), tf.float32)
    inputs = {"capital": capital[:, 0], "industry_capital": capital}
    old, new = (each.signatures["policy"](**inputs)["investment"] for each in (before, after))
    np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("different", lambda before, after: ["policy.investment"], r"would say something else in policy\.investment"),
        ("LARGEST", 1, r"would have \d+ bytes, expected at most 1"),
        ("_shapes", id, "has weights of other shapes"),
    ],
)
def test_it_is_left_as_it_is_where_something_is_wrong(path, monkeypatch, name, value, says):
    before = saved_model.read_metadata(path)
    monkeypatch.setattr(reexport, name, value)
    with pytest.raises(HetkerasError, match=says):
        reexport.reexport(path)
    assert saved_model.load(path).metadata == before


def test_outputs_that_are_named_may_change(path, monkeypatch):
    monkeypatch.setattr(reexport, "different", lambda before, after: ["policy.in_bounds"])
    reexport.reexport(path, "in_bounds$")
    with pytest.raises(HetkerasError, match=r"policy\.in_bounds"):
        reexport.reexport(path, "^value")


@pytest.mark.parametrize(
    ("dtype", "off", "same"), [("float32", 1e-6, False), ("float64", 1e-13, True), ("float64", 1e-9, False)]
)
def test_double_precision_may_round_and_single_may_not(dtype, off, same):
    old = np.ones(3, dtype)
    assert reexport._same(old, (old * (1 + off)).astype(dtype)) is same
