import math
import re

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import read_page, write_report
from hetkeras.report.studies import export_entry as export_entry_study
from hetkeras.report.studies.export_entry import COLUMNS, OPTIONAL, study_page
from tests.report.csv_files import write_csv
from tests.report.flip_files import write_flip_run

NUMBERS = {
    "num_destinations": 10,
    "train_seconds": 22.1,
    "residual_own_rms": 0.00825,
    "residual_drawn_rms": 0.0263,
    "gain_residual_own_rms": 0.0412,
    "value_error_rms": 0.000642,
    "decisions_right": 0.98765,
    "value_at_rest": 34.48,
    "policy_value": 34.86,
    "policy_value_error": 0.277,
    "policy_value_gap": 0.38,
    "policy_value_limit": 1.18,
}
HEADER = (
    *("group", "case", "J", "converged", "median", "worst", "right", "own", "drawn", "gains"),
    *("value", "policy", "seconds"),
)


def solve(table="export_entry", group="alike", description="J = 10", seed=0, **changes):
    """A row of results.csv."""
    row = {"table": table, "group": group, "description": description, "seed": seed, **NUMBERS}
    place = re.sub(r"\W+", "_", f"{table} {group} {description} {seed}")
    return row | {"converged": True, "reason": "", "run_dir": f"cases/{place}"} | changes


def stopped(**names):
    """A row of a solve that ended with an error."""
    return solve(**names) | dict.fromkeys(NUMBERS, "") | {"converged": False, "reason": "exit status 1: no memory"}


@pytest.fixture
def make_study(tmp_path):
    def make(*rows):
        study = tmp_path / "study"
        study.mkdir()
        write_csv(study / "results.csv", list(rows))
        return study

    return make


@pytest.fixture
def drawn(monkeypatch):
    """Figures of the page as they are drawn."""
    figures, draw = [], export_entry_study.dots_figure
    monkeypatch.setattr(export_entry_study, "dots_figure", lambda *given: figures.append(draw(*given)) or figures[-1])
    return figures


def lines(study, title="Accuracy by case"):
    """Rows of a table as column -> cell, by description."""
    (section,) = (section for section in study_page(study).sections if section.title == title)
    (table,) = (block for block in section.blocks if block.kind == "table")
    assert len(table.header) == len(HEADER) == sum(columns for _, columns in table.spans)
    return {row[1].text: dict(zip(HEADER, row, strict=True)) for row in table.rows}


def texts(row):
    return {name: cell.text for name, cell in row.items()}


def test_numbers_are_those_of_the_file(make_study):
    row = lines(make_study(solve()))["J = 10"]
    assert texts(row) == {
        **{"group": "alike", "case": "J = 10", "J": "10", "converged": "1/1", "median": "0.064 %", "worst": "0.064 %"},
        **{
            "right": "98.77 %",
            "own": "0.83 %",
            "drawn": "2.6 %",
            "gains": "4.1 %",
            "value": "34.48",
            "policy": "34.86",
        },
        "seconds": "22",
    }
    assert row["policy"].below == "± 0.28"


@pytest.mark.usefixtures("pixels")
def test_seeds_are_summarised_and_those_that_did_not_converge_are_red(make_study):
    errors, shares, times = (0.001, 0.002, 0.009), (1.0, 0.9, 0.95), (1.0, 5.0, 3.0)
    rows = [
        solve(seed=seed, value_error_rms=error, decisions_right=share, train_seconds=time, value_at_rest=30 + seed)
        for seed, (error, share, time) in enumerate(zip(errors, shares, times, strict=True))
    ]
    rows[2] |= {"converged": False, "reason": "value_error_rms is 0.009"}
    study = make_study(*rows)
    row = lines(study)["J = 10"]
    expected = {"converged": "2/3", "median": "0.20 %", "worst": "0.90 %", "right": "90.00 %", "value": "30"}
    assert texts(row) | expected | {"seconds": "3.0"} == texts(row)
    assert (row["converged"].tone, row["worst"].tone) == ("bad", "bad")
    text = write_report(study).read_text(encoding="utf-8")
    assert '<p class="verdict bad">2 of 3 solves converged</p>' in text
    assert "value_error_rms is 0.009" in text


@pytest.mark.parametrize(
    ("names", "count", "aim"),
    [
        (("one destination", "default"), 1, 0.003),
        (("one destination", "search effort"), 1, 0.005),
        (("alike", "J = 10"), 10, 0.003),
        (("alike", "J = 100"), 100, 0.01),
        (("synthetic map", "J = 100"), 100, 0.005),
    ],
)
def test_value_errors_are_held_against_what_was_aimed_at(make_study, drawn, names, count, aim):
    case = {"group": names[0], "description": names[1], "num_destinations": count}
    study = make_study(*(solve(**case, seed=seed, value_error_rms=aim * (1 + seed)) for seed in range(2)))
    assert lines(study)[names[1]]["worst"].tone == "bad"
    limits = drawn[0].axes[0].collections[-1].get_offsets()
    np.testing.assert_allclose(limits[:, 0], 100 * aim)
    write_csv(study / "results.csv", [solve(**case, value_error_rms=aim)])
    assert lines(study)[names[1]]["worst"].tone == "good"


@pytest.mark.parametrize("empty", ["", "nan"])
def test_what_is_not_known_is_absent(make_study, empty):
    row = lines(make_study(solve(**dict.fromkeys(OPTIONAL, empty))))["J = 10"]
    absent = {name for name, text in texts(row).items() if text == "–"}
    assert absent == {"median", "worst", "right", "gains", "value", "policy"}
    assert row["worst"].tone == row["right"].tone == ""


def test_optional_columns_may_be_missing(make_study):
    study = make_study({name: value for name, value in solve().items() if name not in OPTIONAL})
    assert lines(study)["J = 10"]["median"].text == "–"
    assert "nothing is drawn" in write_report(study).read_text(encoding="utf-8")


def test_a_number_that_one_seed_lacks_is_never_hidden(make_study):
    row = lines(make_study(stopped(), solve(seed=1)))["J = 10"]
    expected = {"J": "10", "converged": "1/2", "worst": "not finite", "own": "not finite", "value": "34.48"}
    assert texts(row) | expected == texts(row)
    assert (row["worst"].tone, row["right"].tone) == ("bad", "bad")


def test_a_case_of_which_all_seeds_stopped_has_a_row_without_numbers(make_study):
    study = make_study(solve(), stopped(description="J = 100"))
    row = lines(study)["J = 100"]
    assert set(texts(row).values()) == {"", "J = 100", "0/1", "–"}
    assert "exit status 1: no memory" in write_report(study).read_text(encoding="utf-8")


@pytest.mark.usefixtures("pixels")
def test_dots_are_the_solves_and_bars_what_they_may_be(make_study, drawn):
    rows = [solve(), solve(seed=1, converged=False, value_error_rms=math.inf), solve(group="map", value_error_rms="")]
    study_page(make_study(*rows))
    left, right = drawn[0].axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["alike, J = 10", "map, J = 10"]
    converged, failed, limits = (np.ma.filled(part.get_offsets(), np.nan) for part in left.collections)
    np.testing.assert_allclose(converged, [[0.0642, 0], [np.nan, np.nan]])
    np.testing.assert_array_equal(np.isnan(failed[:, 0]), [True])
    np.testing.assert_allclose(limits[:, 0], [0.3, np.nan, np.nan])
    np.testing.assert_allclose(right.collections[0].get_offsets()[:, 0], 38 / 34.86)
    np.testing.assert_allclose(right.collections[-1].get_offsets()[:, 0], 118 / 34.86)


def test_a_policy_worth_nothing_is_not_divided_by(make_study, drawn):
    study_page(make_study(solve(policy_value=0.0)))
    assert [axes.get_xlabel() for axes in drawn[0].axes] == ["value error (%)"]


def test_the_papers_losses_stand_apart(make_study):
    names = {"table": "paper_losses", "group": "the paper's losses", "description": "as printed, J = 1"}
    paper = solve(**names, converged=False, value_error_rms=0.31, reason="value_error_rms is 0.31")
    study = make_study(solve(), paper)
    row = lines(study, "The paper's losses")["as printed, J = 1"]
    assert (row["converged"].text, row["worst"].text, row["worst"].tone) == ("0/1", "31 %", "")
    page = read_page(study)
    assert (page.verdict.text, page.verdict.tone) == ("1 of 1 solves converged", "good")
    text = write_report(study).read_text(encoding="utf-8")
    assert "lacks the compensator of the jumps" in text
    assert "Of 1 solves, none passed every check." in text
    assert "value_error_rms is 0.31" in text


@pytest.mark.parametrize("table", export_entry_study.NAMES)
def test_a_table_without_rows_is_said_to_be_missing(make_study, table):
    (other,) = set(export_entry_study.NAMES) - {table}
    study = make_study(solve(table=other))
    assert f"No solve of the table {table} is in results.csv." in write_report(study).read_text(encoding="utf-8")
    assert read_page(study).verdict.tone == ("good" if table == "paper_losses" else "bad")


def test_cases_link_to_the_first_page_that_exists(make_study):
    rows = [solve(seed=seed) for seed in range(3)]
    study = make_study(*rows, solve(description="without"))
    for row in rows[1:]:
        write_report(write_flip_run(study / row["run_dir"]))
    assert lines(study)["J = 10"]["case"].link == f"{rows[1]['run_dir']}/report.html"
    assert lines(study)["without"]["case"].link == ""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"table": "table1"}, "line 2: table is 'table1', expected one of export_entry, paper_losses"),
        ({"converged": "perhaps"}, "line 2: converged is 'perhaps', expected one of"),
        ({"residual_own_rms": "small"}, "line 2: residual_own_rms is no number; expected one"),
        ({"policy_value": "much"}, "line 2: policy_value is no number; expected one"),
    ],
)
def test_damaged_results_are_refused(make_study, change, says):
    study = make_study(solve() | change, solve(seed=1))
    with pytest.raises(RunDirectoryError, match=re.escape(says)) as caught:
        write_report(study)
    assert str(study / "results.csv") in str(caught.value)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_refused(make_study, column):
    study = make_study({name: value for name, value in solve().items() if name != column})
    with pytest.raises(RunDirectoryError, match=f"lacks the columns {column}"):
        write_report(study)


def test_a_damaged_case_and_a_file_cut_short_are_refused(make_study):
    study = make_study(solve(), solve(seed=1))
    about = write_flip_run(study / solve()["run_dir"]) / "run.json"
    about.write_text("{")
    with pytest.raises(RunDirectoryError, match=re.escape(f"{about} is damaged")):
        write_report(study)
    results = study / "results.csv"
    results.write_text(results.read_text()[:-40])
    with pytest.raises(RunDirectoryError, match="cut short"):
        write_report(study)
