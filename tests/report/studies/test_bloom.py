"""The study of firms with branches: published tables beside ours, growth, architectures, what is missing is said."""

import json

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import write_report
from hetkeras.report.parts.content import Picture, Table
from hetkeras.report.studies.bloom import GROWTH, SHOWN, study_page
from tests.report.branch_files import RUN, response, simulation
from tests.report.csv_files import write_csv
from tests.report.firm_files import write_columns

EXACT = {"reference_sd_output": 1.99, "reference_gap_price": 0.0004, "reference_gap_mean_capital": 0.002}
BRANCHES = {"points": 3367000.0, "classified": 0.9672, "classified_strictly": 0.9634, "value_off_q50": 0.0012}


def row(table, group, description, **numbers):
    place = f"cases/{table}_{group}_{description}".replace(" ", "_").replace("'", "")
    words = {"table": table, "group": group, "description": description, "seed": 0, "converged": "True", "reason": ""}
    return {**words, "run_dir": place, "solve_seconds": 1200.0, "train_seconds": 1100.0, **numbers}


ROWS = [
    row("bloom", "KS", SHOWN["KS"], sd_output=1.9953),
    row("bloom", "NN-KS", SHOWN["NN-KS"], sd_output=2.0028, **EXACT, **BRANCHES),
    row("architectures", "NN-KS", "32 x 2", classified=0.9, value_lost_firms=2e-3),
    row("architectures", "NN-KS", "128 x 2", classified=0.95, value_lost_firms=1e-3),
    row("architectures", "NN-KS, 8 waves", "128 x 2", classified=0.97, value_lost_firms=5e-4),
]


@pytest.fixture
def study(tmp_path):
    """A study of four solves; paths and responses of the first two."""
    names = list(dict.fromkeys(name for each in ROWS for name in each))
    write_csv(tmp_path / "results.csv", [{name: each.get(name, "") for name in names} for each in ROWS])
    for each in ROWS[:2]:
        directory = tmp_path / each["run_dir"]
        directory.mkdir(parents=True)
        (directory / "run.json").write_text(json.dumps(RUN))
        write_columns(directory / "branch_simulation.csv", simulation())
        write_columns(directory / "uncertainty_shock.csv", response())
    return tmp_path


def write_growth(directory):
    names = ("method", "periods", "histogram_points", "simulation_s", "times_smallest", "evaluations", "memory_mib")
    rows = [("neural", 300, 16835, 15.0, 1.0, 5.7, 900), ("neural", 300, 84175, 60.0, 4.0, 5.7, 1500)]
    write_csv(directory / GROWTH, [dict(zip(names, values, strict=True)) for values in rows])


def section(page, words):
    (found,) = (each for each in page.sections if each.title.startswith(words))
    return found.blocks


def texts(table, label):
    return [cell.text for each in table.rows if each[0].text == label for cell in each[1:]]


def test_published_numbers_stand_beside_ours(study):
    page = study_page(study)
    cycle = section(page, "Table 7")[0]
    assert texts(cycle, "output")[:4] == ["1.9784", "2.0303", "1.9953", "2.0028"]
    time = section(page, "Table 5")[0]
    assert texts(time, "whole solve (min)") == ["9212", "102", "20.0", "20.0"]
    branches = section(page, "Tables 11 and 12")[0]
    assert texts(branches, "in the right branch (%)") == ["94.16", "96.72"]  # of networks alone
    assert texts(branches, "median")[-2:] == ["0.0024", "0.0012"]
    exact = section(page, "Networks beside exact choices")[0]
    assert texts(exact, "s.d. of output (%)") == ["1.9900"]
    assert texts(exact, "price p") == ["0.040"]
    assert exact.spans == (("", 1), ("hetkeras, NN-KS", 1))  # nothing of the kind is published
    assert "2 of 2 solves converged" in page.verdict.text


def test_paths_and_responses_of_both_methods_are_drawn(study):
    page = study_page(study)
    for words in ("Figure 7", "Response to an uncertainty shock"):
        assert [type(block) for block in section(page, words)] == [Picture]
    caption = section(page, "Figure 7")[0].caption
    assert "KS, on the model's nodes, seed 0; NN-KS, 128 x 2, seed 0" in caption


def test_architectures_stand_in_the_order_of_their_size(study):
    table, _, drawn = section(study_page(study), "Table 13")
    names = ["32 x 2", "128 x 2", "128 x 2", "128 x 3", "128 x 4", "256 x 3", "256 x 4"]
    assert [each[0].text for each in table.rows] == names
    assert [cell.text for cell in table.rows[1]][:4] == ["128 x 2", "90.18", "NN-KS", "95.00"]
    assert [cell.text for cell in table.rows[2]][:4] == ["128 x 2", "90.18", "NN-KS, 8 waves", "97.00"]
    assert [cell.text for cell in table.rows[3]][:4] == ["128 x 3", "90.50", "–", "–"]
    assert isinstance(drawn, Picture)


def test_the_validation_loss_is_drawn_by_step_for_each_architecture_that_left_one(study):
    (said,) = section(study_page(study), "Figure 14")
    assert said.text == "No solve of an architecture left a training.csv."
    for each in ROWS[3:]:
        directory = study / each["run_dir"]
        directory.mkdir(parents=True)
        (directory / "training.csv").write_text(
            "step,metric,value\n50,bellman_gap,0.1\n50,loss,9\n100,bellman_gap,0.01\n"
        )
    (drawn,) = section(study_page(study), "Figure 14")
    (axes,) = drawn.figure.axes
    assert [line.get_label() for line in axes.lines] == ["128 x 2, NN-KS", "128 x 2, NN-KS, 8 waves"]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[50, 0.1], [100, 0.01]])
    assert axes.get_yscale() == "log"


def test_growth_is_told_where_it_was_measured(study):
    (said,) = section(study_page(study), "Table 6")
    assert f"tools.benchmark_bloom --csv={study / GROWTH}" in said.text
    write_growth(study)
    table, said = section(study_page(study), "Table 6")
    assert said.text.startswith("300 quarters")
    assert isinstance(table, Table)
    assert [cell.text for cell in table.rows[1]] == ["neural", "84,175", "5", "60", "4.0", "1,500", "2,300", "5.0"]


def test_what_is_missing_is_said(study):
    (study / ROWS[0]["run_dir"] / "branch_simulation.csv").unlink()
    (study / ROWS[0]["run_dir"] / "uncertainty_shock.csv").unlink()
    page = study_page(study)
    for words in ("Figure 7", "Response to an uncertainty shock"):
        assert section(page, words)[-1].text.endswith(": KS.")
    table = simulation()
    longer = {name: np.append(values, values[-1:]) for name, values in table.items()}
    for other in (longer, table | {"uncertainty": 1 - table["uncertainty"]}):
        write_columns(study / ROWS[0]["run_dir"] / "branch_simulation.csv", other)
        (said,) = section(study_page(study), "Figure 7")
        assert "different shocks" in said.text


@pytest.mark.usefixtures("pixels")
def test_the_page_is_written_for_a_study_of_this_family(study):
    text = write_report(study).read_text(encoding="utf-8")
    assert "Uncertainty shocks, replicated" in text
    assert "Table 13" in text
    assert "Figure 14" in text


def test_a_damaged_benchmark_is_refused(study):
    (study / GROWTH).write_text("method,periods,histogram_points\nneural,300,16835\n")
    with pytest.raises(RunDirectoryError, match=GROWTH):
        study_page(study)
