import json
import re

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.report.page import write_report
from hetkeras.report.parts import series as firm_series
from hetkeras.report.parts import series_figures as firm_figures
from hetkeras.report.parts.loading import loading
from hetkeras.report.runs import glossary
from hetkeras.report.runs.distribution_figure import distribution_figure
from hetkeras.report.runs.firm_page import compared_paths, firm_axes, firm_pictures
from hetkeras.report.runs.firm_tables import CALIBRATION
from tests.report.firm_files import (
    BURN_IN,
    DIAGNOSTICS,
    PERIODS,
    response,
    simulation,
    slice_of,
    write_columns,
    write_firm_run,
)


@pytest.fixture
def run_dir(tmp_path):
    return write_firm_run(tmp_path / "firms")


def page(directory):
    return write_report(directory).read_text(encoding="utf-8")


@pytest.mark.usefixtures("pixels")
def test_the_page_shows_the_numbers_of_the_files_in_words_and_units(run_dir):
    text = page(run_dir)
    assert text.count("data:image/svg+xml") == 5
    assert not re.search(r'(src|href)="(?!data:)', text)
    for number in ("0.15 %", "0.068 %", "0.0073 %", "0.999941", "1.7e-05", "3.958", "0.7622", "43"):
        assert f'<td class=" number">{number}</td>' in text
    assert all(glossary.explanation(name) for name in DIAGNOSTICS)
    assert "largest over all 32 periods after the burn-in: price 0.10 %, mean capital 0 %." in text
    assert "largest over all 32 periods after the burn-in: mean capital 0.20 %, price 0 %." in text
    assert "paths.csv" not in text


def test_series_of_earlier_runs_have_indices_under_another_name(tmp_path):
    columns = simulation()
    indices = columns.pop("aggregate_index")
    write_columns(tmp_path / "simulation.csv", columns | {"aggregate": indices})
    np.testing.assert_array_equal(firm_series.read_simulation(tmp_path / "simulation.csv")["aggregate_index"], indices)


def test_the_snippet_calls_the_policy_at_the_simulated_means(run_dir):
    text, code = (block.text for block in loading(run_dir, DIAGNOSTICS))
    compile(code, "snippet", "exec")
    for name, value in (("capital", 1.53), ("mean_capital", 1.53), ("price", 2.242), ("aggregate", 1)):
        assert f'"{name}": tf.cast(tf.fill([4], {value}), "float32"),  # [B]' in code
    assert 'print(policy(**inputs)["target_capital"])' in code
    assert "any B will do" in text


def test_what_is_absent_is_a_sentence(run_dir):
    for name in ("simulation.csv", "policy_slice.csv", "impulse_response.csv"):
        (run_dir / name).unlink()
    text = page(run_dir)
    for name in ("simulation.csv", "policy_slice.csv", "impulse_response.csv"):
        assert f"{name} is not in the directory" in text
    assert text.count("data:image/svg+xml") == 1
    (run_dir / "value_slice.csv").unlink()
    assert "None of simulation.csv, value_slice.csv, policy_slice.csv, impulse_response.csv is in" in page(run_dir)


def test_without_a_reference_no_distance_is_claimed(run_dir):
    columns = {name: values for name, values in simulation().items() if not name.startswith("reference")}
    write_columns(run_dir / "simulation.csv", columns)
    for name in ("value_slice.csv", "policy_slice.csv", "impulse_response.csv"):
        (run_dir / name).unlink()
    captions = [block.caption for block in firm_pictures(run_dir) if block.kind == "picture"]
    assert captions[0] == "The simulated economy in its last periods."


@pytest.mark.usefixtures("pixels")
def test_numbers_that_are_not_finite_are_said_in_red(run_dir):
    columns = simulation()
    columns["price"][BURN_IN + 2] = np.nan
    columns["dynamic_mean_capital"][BURN_IN + 5] = np.inf
    write_columns(run_dir / "simulation.csv", columns)
    shocked = response()
    shocked["output"][0] = np.nan
    write_columns(run_dir / "impulse_response.csv", shocked)
    text = page(run_dir)
    assert f'<p class="bad">2 of {PERIODS} periods of simulation.csv hold numbers that are not finite' in text
    assert '<p class="bad">1 numbers of impulse_response.csv are not finite' in text
    assert "mean capital 0.20 %, price –." in text


def test_moments_stand_beside_published_ones_at_the_calibration_of_the_paper_alone(run_dir, tmp_path):
    (run_dir / "diagnostics.json").write_text(json.dumps(DIAGNOSTICS | {"sd_output": 2.6379}))
    assert "2.6379" in page(run_dir)
    assert ">2.6299<" in page(run_dir)
    other = write_firm_run(tmp_path / "other", {"largest_cost": 0.0166})
    assert "this run" in page(other)
    assert "Yokomoto" not in page(other)


def test_the_calibration_of_the_paper_is_that_of_the_model():
    known = KhanThomas().as_dict()
    assert {name: known[name] for name in CALIBRATION} == CALIBRATION
    assert {*known} - {*CALIBRATION} == {
        f"{end}_{of}" for end in ("smallest", "greatest") for of in ("capital", "mean_capital")
    }


def test_periods_are_counted_from_the_end_of_the_burn_in(run_dir):
    assert firm_series.read_simulation(run_dir / "simulation.csv")["period"][[0, BURN_IN]].tolist() == [-BURN_IN, 0]


@pytest.mark.usefixtures("pixels")
def test_a_shock_is_told_with_its_size_and_its_pairs_and_firms_with_who_adjusts(run_dir):
    write_columns(run_dir / "impulse_response.csv", response() | {"pairs": np.full(8, 1200)})
    bins = {"low": np.array([0.5, 1.0]), "high": np.array([1.0, 2.0])}
    write_columns(run_dir / "capital_distribution.csv", bins | {"share": np.array([0.25, 0.75])})
    write_columns(run_dir / "investment_rates.csv", bins | dict.fromkeys(("adjusting", "waiting"), np.full(2, 0.25)))
    hazard = slice_of("capital", "adjusting")
    write_columns(
        run_dir / "adjustment_slice.csv", hazard | {f"reference_{n}": v for n, v in hazard.items() if "_" in n}
    )
    text = page(run_dir)
    assert "productivity of 1.0 % on average in period 0: mean over 1,200 pairs" in text
    assert "Who adjusts, capital of firms, and investment rates" in text


def test_those_who_wait_are_told_apart_from_small_investments():
    bins = {"low": np.array([-1.0, 0.0]), "high": np.array([0.0, 1.0])}
    shares = {"adjusting": np.array([0.1, 0.2]), "waiting": np.array([0.0, 0.7])}
    (axes,) = distribution_figure(None, None, bins | shares, "").axes
    assert axes.texts[0].get_text() == "70.0 % of firms\ndo not adjust"
    assert axes.patches[0].get_data().values.tolist() == [10.0, 20.0]


def test_the_burn_in_may_lack_forecasts_and_nothing_else():
    columns = simulation()
    assert firm_series.first_period(columns) == BURN_IN
    assert firm_series.broken_periods(columns) == ()
    columns["dynamic_price"][-1] = np.nan
    assert "1 of 40 periods" in firm_series.broken_periods(columns)[0].text
    never = columns | {"dynamic_price": np.full(PERIODS, np.nan)}
    assert "40 of 40 periods" in firm_series.broken_periods(never)[0].text


def test_the_window_holds_the_largest_distance_that_counts():
    distance = np.zeros(1000)
    distance[100], distance[700], distance[800] = 9, -3, np.nan
    window = firm_series.worst_window({"a": np.ones(1000), "b": distance}, 500)
    assert (window.start, window.stop) == (700 - firm_series.WINDOW // 2, 700 + firm_series.WINDOW // 2)
    assert firm_series.worst_window({"": np.full(1000, np.nan)}, 0) == slice(850, 1000)
    assert firm_series.worst_window({"": np.zeros(10)}, 0) == slice(0, firm_series.WINDOW)


def test_distances_are_drawn_of_the_first_to_the_second():
    columns = simulation()
    names = firm_series.AGGREGATES
    curves = {"b": {n: columns[n] for n in names}, "a": {n: 1.01 * columns[n] for n in names}}
    *paths, below = compared_paths(columns["period"], curves, ("a", "b"), 0, firm_axes({})).axes
    assert [line.get_label() for line in paths[0].lines] == ["b", "a"]
    np.testing.assert_allclose(below.lines[-1].get_ydata(), 100 * np.log(1.01))


def test_bands_are_two_standard_errors_and_unused_panels_are_hidden():
    table = response()
    figure = firm_figures.response_figure({"a": table, "b": table}, {"output": "output"}, first=-1)
    first, *others = figure.axes
    assert not any(axes.get_visible() for axes in others)
    band = first.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0, 1 + 1.96 * 0.1))
    assert first.lines[1].get_xdata().min() == -1


@pytest.mark.parametrize("count", [3, 12])
def test_many_productivities_are_named_by_the_outer_ones(count):
    curves = [np.arange(4.0) + e for e in range(count)]
    figure = firm_figures.firm_figure([firm_figures.Curves("x", "y", np.arange(4.0), curves, reference=curves)])
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named[0] == "productivity of the firm: ε1 (lowest)"
    assert named[-2:] == [f"ε{count} (highest)", "refined grids"]
    assert len(named) == (4 if count == 3 else 3)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("simulation.csv", "period,price\n0,1\n", "lacks the columns aggregate_index, mean_capital"),
        ("impulse_response.csv", "period\n0\n", "lacks the columns productivity"),
        ("value_slice.csv", "capital,value_2\n1,2\n", "lacks the columns value_1"),
        ("policy_slice.csv", "price,target_1\n1,low\n", "line 2: target_1 is no number; expected one"),
        ("policy_slice.csv", "price,target_1\n1,2\n3\n", "line 3 has 1 cells under 2 columns"),
    ],
)
def test_damage_is_refused_by_name(tmp_path, name, content, says):
    (tmp_path / name).write_text(content)
    (tmp_path / "run.json").write_text('{"model": "KhanThomas", "calibration": {}}')
    (tmp_path / "diagnostics.json").write_text(json.dumps(DIAGNOSTICS))
    with pytest.raises(RunDirectoryError, match=re.escape(says)) as caught:
        write_report(tmp_path)
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("den_haan_wage_max", "Den Haan: largest distance of the wage to its dynamic forecast."),
        ("off_path_gap_wage", "Largest distance of the wage to the solution on refined grids in economies off"),
        ("off_path_excess_labor_demand_max", "Largest excess demand for labor, as a share of it, off the path."),
        ("forecast_r2_price_z4", "R² of the rule for the price in aggregate state 4 (1 is the lowest)."),
        ("sd_labor_to_output", "Standard deviation of labor over that of output, over the cycle."),
        (
            "fresh_den_haan_price_max",
            "Den Haan on shocks that no rule was fitted to: largest distance of the price to ",
        ),
        ("signature_gap", "Distance of all exported functions to what was measured, at worst, "),
        ("signature_gap_policy", "Distance of the exported policy to what was measured, at worst, "),
        ("forecast_rmse_dividends", ""),
        ("sd_dividends", ""),
    ],
)
def test_families_of_diagnostics_are_explained(name, says):
    assert glossary.explanation(name).startswith(says)
    assert bool(glossary.explanation(name)) == bool(says)
    assert glossary.written(name, None) == ("not finite" if says else "–")
