"""Choices of firms by capital and by price, out of the shipped model."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.methods.krusell_smith.lumpy import firm_slices as told
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.off_path import ReferenceEconomy

PERIODS, BURN_IN = 30, 10


@pytest.fixture(scope="module")
def policy():
    loaded = hk.load("exported_models/khan_thomas")
    return LoadedFirmPolicy(loaded.model, loaded.signatures)


@pytest.fixture(scope="module")
def series():
    capital = np.linspace(1.4, 1.6, PERIODS)
    index = np.where(np.arange(PERIODS) % 2 == 0, 2, 4)
    return {"aggregate_index": index, "mean_capital": capital, "price": np.full(PERIODS, 2.24)}


@pytest.fixture(scope="module")
def usual(series):
    return told.usual_economy(5, series, BURN_IN)


def test_the_usual_economy_is_that_after_the_burn_in(series, usual):
    assert usual.aggregate == 2
    assert usual.mean_capital == pytest.approx(series["mean_capital"][BURN_IN:].mean())
    seen = series["mean_capital"][BURN_IN::2]
    assert seen.min() < usual.visited[-1] < usual.visited[0] < seen.max()
    unseen = told.usual_economy(5, {**series, "aggregate_index": np.zeros(PERIODS, int)}, BURN_IN)
    assert unseen.visited[0] > usual.visited[0]


def test_probabilities_and_targets_are_those_of_the_exported_policy(policy, usual):
    reference = ReferenceEconomy({}, SimpleNamespace(policy=policy), policy.value)
    tables = told.firm_slices(policy, usual, reference)
    adjusting, target = tables["adjustment_slice"], tables["policy_slice"]
    z, e = (chain.values for chain in (policy.model.aggregate_chain, policy.model.idiosyncratic_chain))
    economy = {"aggregate": z[usual.aggregate], "mean_capital": usual.mean_capital}
    price = policy.forecast(tf.constant([usual.aggregate]), tf.constant([usual.mean_capital], tf.float64))[1]
    found = _ask(policy, adjusting["capital"], idiosyncratic=e[1], **economy, price=float(price[0]))
    np.testing.assert_allclose(adjusting["adjusting_2"], found["adjustment_probability"], atol=2e-4)
    np.testing.assert_array_equal(adjusting["adjusting_2"], adjusting["reference_adjusting_2"])
    assert (np.diff(target["price"]) > 0).all()
    economy["mean_capital"] = target["mean_capital"]
    found = _ask(policy, np.full(told.POINTS, 1.0), idiosyncratic=e[4], **economy, price=target["price"])
    np.testing.assert_allclose(target["target_5"], found["target_capital"], rtol=1e-4)
    assert "reference_value_1" not in told.firm_slices(policy, usual, None)["value_slice"]


def _ask(policy, capital, **inputs):
    rows = {"capital": capital, **{name: np.broadcast_to(value, capital.shape) for name, value in inputs.items()}}
    return policy.signatures["policy"](**{name: tf.constant(value, tf.float32) for name, value in rows.items()})


def test_shares_of_firms_are_of_all_firms_and_those_that_wait_invest_nothing(policy, usual, monkeypatch):
    monkeypatch.setattr(told, "FIRMS", 300)
    index, capital = np.full(PERIODS, usual.aggregate), np.full(PERIODS, usual.mean_capital)
    price = policy.forecast(tf.constant(index), tf.constant(capital))[1].numpy()
    series = {"aggregate_index": index, "mean_capital": capital, "price": price}
    tables = told.firm_distributions(policy, series)
    capital, rates = tables["capital_distribution"], tables["investment_rates"]
    assert capital["share"].sum() == pytest.approx(1)
    assert (rates["adjusting"] + rates["waiting"]).sum() == pytest.approx(1)
    still = (rates["low"] <= 0) & (rates["high"] > 0)
    assert rates["waiting"][still].sum() == rates["waiting"].sum() > 0.5
    held = (capital["low"] > 0.4) & (capital["high"] < 5)
    assert capital["share"][held].sum() > 0.99
