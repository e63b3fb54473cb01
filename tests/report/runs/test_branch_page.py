"""The page of a run with branches: tables beside the paper's, figures from files, a word for what is not there."""

import json
import re

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.models.bloom import Bloom
from hetkeras.report.page import write_report
from hetkeras.report.parts.published import has_calibration
from hetkeras.report.runs import glossary
from hetkeras.report.runs.branch_page import branch_pictures
from hetkeras.report.runs.branch_series import FILES, read_prices, read_slice
from hetkeras.report.studies.bloom_tables import CALIBRATION, ROWS, beside_published, by_state
from hetkeras.report.studies.cases import read_published
from tests.report.branch_files import (
    BURN_IN,
    DIAGNOSTICS,
    PERIODS,
    response,
    simulation,
    slice_of,
    write_branch_run,
)
from tests.report.firm_files import write_columns


@pytest.fixture
def run_dir(tmp_path):
    return write_branch_run(tmp_path / "branches")


def page(directory):
    return write_report(directory).read_text(encoding="utf-8")


def row(table, label):
    return next([cell.text for cell in cells] for cells in table.rows if cells[0].text == label)


@pytest.mark.usefixtures("pixels")
def test_the_page_shows_figures_and_numbers_of_the_files(run_dir):
    text = page(run_dir)
    assert text.count("data:image/svg+xml") == 7
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert all(glossary.explanation(name) for name in DIAGNOSTICS)
    for number in ("4.1 %", "1.2e-02", "0.1234", "3.2 %"):
        assert f'<td class=" number">{number}</td>' in text
    assert "price 1.0 %, mean capital 0 %." in text
    assert "To the reference: largest over all 32 periods after the burn-in: mean capital 2.0 %." in text
    assert "simulation.csv is not in" not in text


def test_our_numbers_stand_beside_the_published_ones():
    assert row(beside_published("cycle", DIAGNOSTICS), "output") == ["output", "1.9784", "2.0303", "1.9876"]
    table = beside_published("forecast", DIAGNOSTICS)
    assert row(table, "Den Haan, largest (%)") == ["Den Haan, largest (%)", "3.52", "3.62", "4.1"]
    assert row(table, "RMSE (%)") == ["RMSE (%)", "0.45", "0.47", "0.51"]
    assert row(table, "fresh shocks: Den Haan, largest (%)")[1:] == ["–"] * 3


def test_states_are_those_that_were_visited():
    table = by_state(DIAGNOSTICS)
    assert len(table.rows) == 1
    texts = [cell.text for cell in table.rows[0]]
    assert texts[:4] == ["z3 s1 l0", "0.21", "0.20", "0.23"]
    assert texts[4:7] == ["0.98", "0.99", "0.97654"]
    assert texts[9] == "not finite"
    assert table.rows[0][9].tone == "bad"
    assert len(table.header) == len(texts) == 13


def test_published_numbers_agree_with_each_other():
    """Ratios to output are those of the deviations printed above them; means lie below maxima; 20 states."""
    rows = read_published("yokomoto_2026_bloom")
    for method in ("KS", "NN-KS"):
        found = {row["statistic"]: float(row["value"]) for row in rows if row["method"] == method}
        for name in ("investment", "labor", "consumption"):
            ratio = found[f"sd_{name}"] / found["sd_output"]
            assert found[f"sd_{name}_to_output"] == pytest.approx(ratio, abs=2e-3)
        for name in ("price", "mean_capital"):
            assert found[f"den_haan_{name}_mean"] < found[f"den_haan_{name}_max"]
            states = [key for key in found if re.fullmatch(rf"forecast_rmse_{name}_z[1-5]_s[01]_l[01]", key)]
            assert len(states) == 20
    assert {entry.column for name in ROWS for entry in ROWS[name] if not isinstance(entry, str)} >= {"sd_output"}


def test_who_adjusts_is_drawn_where_it_was_measured(run_dir):
    def drawn():
        blocks = branch_pictures(run_dir)
        return [block for block in blocks if block.kind == "picture" and "Who adjusts" in block.description]

    assert not drawn()
    ends = np.linspace(-0.5, 1.2, 5)
    bins = {"low": ends[:-1], "high": ends[1:]}
    capital = np.geomspace(1.0, 12.0, 5)
    write_columns(run_dir / "adjustment_slice.csv", {"capital": capital, "adjusting_1": np.array([1, 1, 0.5, 0.5, 0])})
    write_columns(run_dir / "investment_rates.csv", {**bins, "adjusting": np.eye(4)[3], "waiting": np.zeros(4)})
    (figure,) = (block.figure for block in drawn())
    hazard, rates = figure.axes
    np.testing.assert_array_equal(hazard.lines[0].get_ydata(), [100, 100, 50, 50, 0])
    assert "0.0 % of firms" in rates.texts[0].get_text()


def test_what_is_absent_is_a_sentence(run_dir):
    for name in FILES[1:]:
        (run_dir / name).unlink()
    text = page(run_dir)
    assert all(f"{name} is not in the directory" in text for name in FILES[1:])
    assert text.count("data:image/svg+xml") == 3
    (run_dir / FILES[0]).unlink()
    write_columns(run_dir / FILES[1], response())
    assert f"{FILES[0]} is not in the directory" in page(run_dir)


@pytest.mark.usefixtures("pixels")
def test_numbers_that_are_not_finite_are_said_in_red(run_dir):
    columns = simulation()
    columns["price"][BURN_IN + 2] = np.nan
    write_columns(run_dir / "branch_simulation.csv", columns)
    broken = slice_of("capital")
    broken["z1_e2_h3"][4] = np.inf
    write_columns(run_dir / "investment_slice.csv", broken)
    text = page(run_dir)
    assert f'<p class="bad">1 of {PERIODS} periods of branch_simulation.csv hold numbers that are not finite' in text
    assert '<p class="bad">1 numbers of investment_slice.csv are not finite' in text


def test_without_a_reference_no_distance_is_claimed(run_dir):
    columns = {name: values for name, values in simulation().items() if not name.startswith("reference")}
    write_columns(run_dir / "branch_simulation.csv", columns)
    captions = [block.caption for block in branch_pictures(run_dir) if block.kind == "picture"]
    assert captions[0] == "Aggregates in the last 32 quarters (Figure 7)."


def test_slices_are_read_by_their_places(run_dir):
    capital, curves = read_slice(run_dir / "investment_slice.csv", "capital")
    np.testing.assert_array_equal(capital, slice_of("capital")["capital"])
    assert len(curves) == 18
    np.testing.assert_array_equal(curves[2, 3, 1], slice_of("capital")["z2_e3_h1"])
    price, found = read_prices(run_dir / "price_slice.csv")
    assert len(found["hiring"]) == len(found["investment"]) == 3
    np.testing.assert_allclose(found["hiring"][2], 3 - price)


@pytest.mark.parametrize("name", ["branch_simulation.csv", "uncertainty_shock.csv", "price_slice.csv"])
def test_damaged_tables_are_refused_by_name(run_dir, name):
    (run_dir / name).write_text("period\n1\n", encoding="utf-8")
    with pytest.raises(RunDirectoryError, match=rf"{name} lacks the columns "):
        branch_pictures(run_dir)


def test_what_is_not_a_diagnostic_of_branches_is_left_to_others():
    assert "capital only" in glossary.explanation("share_10")
    assert glossary.explanation("share_20") == ""
    assert "today high, before low" in glossary.explanation("forecast_r2_price_z3_s1_l0")


def test_published_numbers_stand_beside_runs_at_the_calibration_of_the_paper_alone(run_dir):
    assert "published" in page(run_dir)
    run = json.loads((run_dir / "run.json").read_text())
    (run_dir / "run.json").write_text(json.dumps(run | {"calibration": {"fixed_labor_cost": 0.05}}))
    assert "published" not in page(run_dir)


def test_the_calibration_of_the_paper_is_that_of_the_model(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"calibration": Bloom().as_dict()}))
    assert {*CALIBRATION} <= {*Bloom.fields()}
    assert has_calibration(tmp_path, CALIBRATION)
    for name in CALIBRATION:
        changed = [2.0, 3.0] if isinstance(CALIBRATION[name], list) else 7
        assert not has_calibration(tmp_path, {name: changed})
    assert not has_calibration(tmp_path, {"unknown": 1})
