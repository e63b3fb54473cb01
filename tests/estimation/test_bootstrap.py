"""Covariances of moments by the bootstrap: of firms, and of the model's own panels."""

import numpy as np
import pytest

import hetkeras as hk
from tests.estimation.linear_model import COVARIANCE, NAMES, TRUTH, simulate


def means(panel):
    return {"mean": panel["x"].mean(), "square": (panel["x"] ** 2).mean()}


def test_firms_are_drawn_with_all_their_years():
    """Years of a firm are alike: drawing firm-years apart would claim a fifth of the variance."""
    generator = np.random.default_rng(0)
    own = generator.standard_normal((400, 1))
    panel = {"x": own + 0.3 * generator.standard_normal((400, 5))}
    found = hk.block_bootstrap(panel, means, draws=1000)
    by_firm = np.stack([panel["x"].mean(1), (panel["x"] ** 2).mean(1)])
    np.testing.assert_allclose(found, np.cov(by_firm) / 400, rtol=0.15, atol=2e-4)
    assert list(found.columns) == list(found.index) == ["mean", "square"]
    assert found.index.name == "moment"  # so that to_csv writes what `hetkeras estimate` reads


def test_draws_depend_on_the_seed_alone():
    panel = {"x": np.random.default_rng(0).standard_normal((50, 5))}
    first, again, other = (hk.block_bootstrap(panel, means, 50, seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_panels_of_the_model_have_the_covariance_of_one_panel():
    found = hk.parametric_bootstrap(simulate, TRUTH, draws=2000)
    assert tuple(found.columns) == NAMES
    np.testing.assert_allclose(found, COVARIANCE, atol=3e-5)


@pytest.mark.parametrize(
    ("panel", "draws", "message"),
    [
        ({"x": np.ones((5, 2)), "y": np.ones((4, 2))}, 10, "the panel has rows .*5.*4.*; expected as many in each"),
        ({"x": np.ones((1, 2))}, 10, "expected as many in each column, a row a firm, at least 2"),
        ({"x": np.ones((5, 2))}, 1, "a bootstrap got 1 draws; expected at least 2"),
        ({"x": np.full((5, 2), np.nan)}, 10, "mean, square is not finite in some draws"),
    ],
)
def test_what_cannot_be_drawn_is_refused(panel, draws, message):
    with pytest.raises(hk.EstimationError, match=message):
        hk.block_bootstrap(panel, means, draws)
