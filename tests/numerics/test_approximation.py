"""Chains beside the processes that they stand for: Rouwenhorst's has their moments, Tauchen's may be far from them."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.models.bloom import Bloom
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.numerics.approximation import chain_notes, chain_problems
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain


@pytest.mark.parametrize("num_states", [2, 3, 5, 12])
@pytest.mark.parametrize("persistence", [-0.6, 0.0, 0.859, 0.99])
def test_rouwenhorsts_chain_has_the_moments_of_the_process(num_states, persistence):
    """In closed form: shares are binomial, all conditional means are rho x."""
    chain = MarkovChain.rouwenhorst(num_states, persistence, 0.014)
    deviation = 0.014 / np.sqrt(1 - persistence**2)
    half = np.array([1.0])
    for _ in range(num_states - 1):
        half = np.convolve(half, [0.5, 0.5])
    np.testing.assert_allclose(half @ chain.transition, half, rtol=0, atol=1e-15)
    assert half @ chain.values**2 == pytest.approx(deviation**2, rel=1e-12)
    np.testing.assert_allclose(chain.transition @ chain.values, persistence * chain.values, rtol=0, atol=1e-15)
    (told,) = chain.exp().approximates
    assert (told.own_persistence, told.own_deviation) == pytest.approx((persistence, deviation), rel=1e-9, abs=1e-12)
    assert not told.rough


@pytest.mark.parametrize("arguments", [(1, 0.9, 0.1), (5, 1.0, 0.1), (5, np.nan, 0.1), (5, 0.9, 0.0)])
def test_rouwenhorsts_method_refuses_what_is_no_process(arguments):
    with pytest.raises(CalibrationError, match=r"Rouwenhorst's method got .*; expected at least 2 states"):
        MarkovChain.rouwenhorst(*arguments)


def test_moments_are_those_of_long_paths():
    chain = MarkovChain.tauchen(5, 0.859, 0.014, 2.0)
    path = chain.values[chain.paths(2, np.random.default_rng(0).uniform(size=(4000, 200)))][200:]
    (told,) = chain.approximates
    assert told.own_deviation == pytest.approx(path.std(), rel=0.01)
    assert told.own_persistence == pytest.approx(np.corrcoef(path[1:].ravel(), path[:-1].ravel())[0, 1], abs=0.003)
    assert (told.persistence, told.deviation) == pytest.approx((0.859, 0.014 / np.sqrt(1 - 0.859**2)), rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "useless", "rough"),
    [
        ((5, 0.859, 0.014, 2.0), False, True),  # of Terry (2017)
        ((15, 0.859, 0.014, 3.0), False, False),
        ((5, 0.99, 0.014, 2.0), True, True),  # two switches in 2,500 years
        ((2, 0.859, 0.014, 2.0), True, True),  # twice the deviation
        ((5, 0.859, 0.014, 20.0), True, True),  # never leaves the middle
    ],
)
def test_chains_that_are_another_process_are_told_and_refused(arguments, useless, rough):
    chain = {"chain": MarkovChain.tauchen(*arguments).exp()}
    assert bool([*chain_problems(chain)]) == useless
    (note,) = chain_notes(chain)
    assert note.endswith("off by more than 5 %") == rough
    assert note.startswith("chain has persistence ")
    assert f"where {arguments[1]} is asked for" in note


def test_each_regime_is_told_and_the_first_counts():
    chain = RegimeChain.tauchen(5, 0.8, (0.1, 0.9), 2.0).exp()
    first, second = chain_notes({"chain": chain})
    assert first.startswith("chain in regime 0 has")
    assert second.startswith("chain in regime 1 has")
    assert chain.approximates[1].useless
    assert [*chain_problems({"chain": chain})] == []


def test_chains_of_nobodys_process_have_nothing_to_be_compared_with():
    chain = MarkovChain(np.ones(2), np.eye(2))
    assert [*chain_problems({"chain": chain}), *chain_notes({"chain": chain})] == []
    assert MarkovChain.on_grid(np.arange(3.0), 1.0, 0.5).approximates == ()


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: KhanThomas(chain_width=20.0), "idiosyncratic_chain"),
        (lambda: KhanThomas(aggregate_persistence=0.99), "aggregate_chain"),
        (lambda: Bloom(chain_width=20.0), "productivity_chain"),
    ],
)
def test_models_refuse_chains_that_are_another_process(make, name):
    with pytest.raises(CalibrationError, match=f"{name} has persistence .*; expected a chain that is closer"):
        make()


def test_lumpy_firms_may_have_rouwenhorsts_chains():
    model = KhanThomas(aggregate_persistence=0.99, discretization="rouwenhorst")
    exact = MarkovChain.rouwenhorst(5, 0.99, 0.014).exp()
    np.testing.assert_array_equal(model.aggregate_chain.values, exact.values)
    np.testing.assert_array_equal(model.aggregate_chain.transition, exact.transition)
