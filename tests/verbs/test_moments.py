"""Moments of the shipped economy of lumpy firms: a panel of firms against the economy's own histogram."""

import numpy as np
import pytest

import hetkeras as hk
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
from hetkeras.methods.krusell_smith.business_cycle import AGGREGATES, business_cycle_moments
from hetkeras.methods.krusell_smith.lumpy.firm_panel import firm_panel, panel_moments
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.verbs import LumpyMethod
from tests.examples import FOLDER

SHIPPED = FOLDER.parents[1] / "exported_models"
FIRMS, PERIODS = 1500, 60
FINE = 200  # nodes: on the 50 of the solve one in three hundred firms too many adjusts


@pytest.fixture(scope="module")
def measured():
    """The solution, its moments, and the path and series that they were taken from."""
    loaded, lived = hk.load(SHIPPED / "khan_thomas"), []
    training = {**loaded.metadata["training"], "histogram_nodes": FINE}
    loaded = loaded._replace(metadata={**loaded.metadata, "training": training})
    path = LumpyMethod._path
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LumpyMethod, "_path", lambda *given: lived.append(path(*given)) or lived[-1])
        moments = hk.moments(loaded, PERIODS, FIRMS, seed=3)
    (seen,) = lived
    return loaded, moments, *seen


def test_firms_of_the_panel_do_what_the_histogram_says(measured):
    """Within four standard errors of as many firm-years that are drawn apart, which these spread less than."""
    _, moments, _, series = measured
    exact = {name: float(values[BURN_IN:].mean()) for name, values in series.items()}
    years, shares = FIRMS * PERIODS, {"share_adjusting": 1 - exact["inaction"]}
    shares |= {"positive_spikes": exact["spikes_up"], "negative_spikes": exact["spikes_down"]}
    for name, share in shares.items():
        assert moments[name] == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / years)), name
    assert moments["mean_investment_rate"] == pytest.approx(
        exact["rate_mean"], abs=4 * exact["rate_sd"] / np.sqrt(years)
    )
    assert moments["sd_investment_rate"] == pytest.approx(exact["rate_sd"], rel=0.02)
    assert 1 - moments["share_adjusting"] <= moments["inaction"] < 1 - 0.9 * moments["share_adjusting"]


def test_aggregates_are_those_of_the_same_path(measured):
    _, moments, _, series = measured
    expected = business_cycle_moments({name: series[name][BURN_IN:] for name in AGGREGATES})
    assert {name: moments[name] for name in expected} == expected


def test_who_just_adjusted_waits_and_who_is_productive_invests(measured):
    _, moments, *_ = measured
    assert -0.2 < moments["serial_correlation_investment_rate"] < -0.05
    assert 0.5 < moments["correlation_investment_rate_profitability"] < 0.8


def test_draws_depend_on_the_seed_alone(measured):
    loaded, _, path, series = measured
    policy = LoadedFirmPolicy(loaded.model, loaded.signatures)
    first, again, other = (firm_panel(policy, path[:8], series, 50, seed) for seed in (1, 1, 2))
    assert panel_moments(first) == panel_moments(again) != panel_moments(other)
    np.testing.assert_array_equal(first["capital"], again["capital"])
    assert first["capital"].shape == (8, 50)


def test_a_firm_that_stays_keeps_what_depreciation_leaves(measured):
    loaded, _, path, series = measured
    panel = firm_panel(LoadedFirmPolicy(loaded.model, loaded.signatures), path[:20], series, 200, 5)
    stays = ~panel["adjusts"][:-1]
    kept = panel["capital"][1:][stays] / panel["capital"][:-1][stays]
    np.testing.assert_allclose(kept, 1 - loaded.model.depreciation, rtol=1e-12)
    np.testing.assert_allclose(panel["investment_rate"][:-1][stays], 0, atol=1e-12)


def test_what_has_no_moments_is_refused(measured):
    loaded, *_ = measured
    for given, message in (
        ({"periods": 9}, "periods is 9; expected at least 10"),
        ({"firms": 1}, "firms is 1; expected at least 2"),
    ):
        with pytest.raises(hk.CalibrationError, match=message):
            hk.moments(loaded, **given)
    with pytest.raises(hk.CalibrationError, match="Huggett has no moments here; expected a model of PriceTakingFirms"):
        hk.moments(SHIPPED / "huggett")
