import math
import re

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import write_report
from hetkeras.report.studies.cases import read_cases, read_published
from hetkeras.report.studies.khan_thomas import NAMES, SHOWN
from hetkeras.report.studies.krusell_smith_rows import COLUMNS, OPTIONAL, TABLES
from hetkeras.report.studies.krusell_smith_tables import KHAN_THOMAS, calibrations_table, statistics_table, summary
from tests.report.csv_files import write_csv
from tests.report.firm_files import CALIBRATION, PERIODS, simulation, solve, write_columns, write_firm_run

KS, NN = SHOWN["KS"], SHOWN["NN-KS"]
REQUIRED = ("seed", *(column for column in COLUMNS if column not in OPTIONAL))


@pytest.fixture
def make_study(tmp_path):
    """Writes results.csv, and a run directory for every solve of which the calibration is given."""

    def make(rows, calibrations=None):
        study = tmp_path / "study"
        study.mkdir()
        write_csv(study / "results.csv", rows)
        for row, calibration in zip(rows, calibrations or [], strict=False):
            if calibration:
                write_firm_run(study / row["run_dir"], calibration)
        return study

    return make


def read(study):
    return read_cases(study, NAMES, REQUIRED, OPTIONAL)


def row_of(table, label, occurrence=0):
    """Cells of a statistic as (text, small text)."""
    rows = [row for row in table.rows if row[0].text == label]
    return [(cell.text, cell.below) for cell in rows[occurrence][1:]]


def test_published_numbers_stand_beside_mean_and_deviation_over_seeds(make_study):
    rows = [solve("khan_thomas", "KS", KS, sd_output=2.6319)]
    rows += [solve("khan_thomas", "NN-KS", NN, seed, sd_output=2.64 + 0.01 * seed) for seed in range(3)]
    table = statistics_table("cycle", read(make_study(rows)), KHAN_THOMAS)
    published = [("2.6299", ""), ("2.6840", "(0.0095)"), ("2.5018", "")]
    assert row_of(table, "output") == [*published, ("2.6319", ""), ("2.6500", "(0.0100)")]
    assert row_of(table, "seeds right") == [("", "")] * 3 + [("1/1", ""), ("3/3", "")]
    assert table.header == ("", "KS, Yokomoto", "NN-KS, Yokomoto", "KS, Terry (2017)", KS, NN)
    assert table.spans == (("", 1), ("published", 3), ("hetkeras, KS", 1), ("hetkeras, NN-KS", 1))


def test_units_are_those_of_the_paper(make_study):
    numbers = {"den_haan_price_max": 0.00147, "forecast_r2_price": 0.99996, "solve_seconds": 90.0}
    cases = read(make_study([solve("khan_thomas", "KS", KS, **numbers)]))
    assert row_of(statistics_table("forecast", cases, KHAN_THOMAS), "Den Haan, largest (%)")[-1] == ("0.15", "")
    assert row_of(statistics_table("forecast", cases, KHAN_THOMAS), "R²")[-1] == ("0.99996", "")
    times = statistics_table("time", cases, KHAN_THOMAS)
    assert row_of(times, "whole solve (min)") == [("24", ""), ("18", ""), ("1.50", "")]


def test_a_number_that_a_seed_lacks_is_never_hidden(make_study):
    known = [0.1, 0.3, "", math.inf]
    rows = [solve("khan_thomas", "NN-KS", NN, seed, inaction=value, rate_sd="") for seed, value in enumerate(known)]
    cases = read(make_study(rows))
    cell = summary(cases, "inaction", str)
    assert (cell.text, cell.tone) == ("0.2", "bad")
    assert cell.below.endswith("2 of 4 seeds")
    assert (summary(cases, "rate_sd", str).text, summary(cases, "rate_sd", str).tone) == ("–", "bad")


def test_columns_of_states_and_of_the_reference_may_be_absent(make_study):
    rows = [{k: v for k, v in solve("khan_thomas", "KS", KS).items() if k not in OPTIONAL}]
    (case,) = read(make_study(rows))
    assert {name for name, value in case.numbers.items() if math.isnan(value)} == set(OPTIONAL)


@pytest.mark.usefixtures("pixels")
def test_the_page_shows_figures_calibrations_and_failures(make_study):
    rows = [
        solve("khan_thomas", "KS", "published rules", converged=False, reason="rules_error is 0.002"),
        solve("khan_thomas", "KS", KS),
        solve("khan_thomas", "NN-KS", NN, 0, converged=False, reason="exit status 1") | dict.fromkeys(COLUMNS, ""),
        solve("khan_thomas", "NN-KS", NN, 1),
        solve("calibrations", "KS", "adjustment cost doubled", inaction=0.812),
        solve("calibrations", "NN-KS", "adjustment cost doubled", inaction=0.813),
    ]
    costly = CALIBRATION | {"largest_cost": 0.0166}
    study = make_study(rows, [None, CALIBRATION, None, CALIBRATION, costly, costly])
    text = write_report(study).read_text(encoding="utf-8")
    assert text.count("data:image/svg+xml") == 2
    assert f"KS, {KS}, seed 0; NN-KS, {NN}, seed 1." in text
    assert "adjustment cost doubled<small>largest_cost 0.0166</small>" in text
    assert all(number in text for number in ("0.812", "0.813", "rules_error is 0.002", "exit status 1"))
    assert '<p class="verdict bad">4 of 6 solves converged</p>' in text
    assert f'>NN-KS {NN}</td><td class="">0</td><td class="">exit status 1</td>' in text
    assert "Ours ran on: CPU, 2 threads." in text
    assert "harmless constant" in text
    assert not re.search(r'(src|href)="(?!data:)', text)


def test_what_cannot_be_drawn_is_said(make_study):
    study = make_study([solve("khan_thomas", "KS", KS), solve("khan_thomas", "NN-KS", NN)])
    text = write_report(study).read_text(encoding="utf-8")
    assert "(no converged solve with simulation.csv): KS, NN-KS." in text
    assert "(no converged solve with impulse_response.csv): KS, NN-KS." in text
    assert "No solve of the table calibrations is in results.csv." in text


def test_paths_on_different_shocks_are_not_compared(make_study):
    study = make_study([solve("khan_thomas", "KS", KS), solve("khan_thomas", "NN-KS", NN)], [CALIBRATION] * 2)
    other = simulation() | {"aggregate_index": np.zeros(PERIODS)}
    for path in study.glob("cases/*NN-KS*/*/simulation.csv"):
        write_columns(path, other)
    assert "were simulated on different shocks" in write_report(study).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"table": "table1"}, "line 2: table is 'table1', expected one of khan_thomas, calibrations"),
        ({"sd_output": "much"}, "line 2: sd_output is no number; expected one"),
        ({"forecast_r2_price_z2": "good"}, "line 2: forecast_r2_price_z2 is no number; expected one"),
    ],
)
def test_damaged_results_are_refused(make_study, change, says):
    study = make_study([solve("khan_thomas", "KS", KS) | change, solve("khan_thomas", "NN-KS", NN)])
    with pytest.raises(RunDirectoryError, match=re.escape(says)) as caught:
        write_report(study)
    assert str(study / "results.csv") in str(caught.value)


def test_a_missing_column_and_a_damaged_case_are_refused(make_study):
    study = make_study([solve("khan_thomas", "KS", KS), solve("khan_thomas", "NN-KS", NN)], [CALIBRATION] * 2)
    (path,) = study.glob("cases/*NN-KS*/*/simulation.csv")
    path.write_text(path.read_text()[:-60])
    with pytest.raises(RunDirectoryError, match="cut short") as caught:
        write_report(study)
    assert str(path) in str(caught.value)
    results = study / "results.csv"
    results.write_text(results.read_text().replace("sd_labor,", "sd_workers,"))
    with pytest.raises(RunDirectoryError, match="lacks the columns sd_labor"):
        write_report(study)


def test_the_published_numbers_are_whole_and_have_a_place():
    rows = read_published(KHAN_THOMAS.paper)
    known = {(name, r.published or r.column) for name, table in TABLES.items() for r in table if not isinstance(r, str)}
    assert {(row["table"], row["statistic"]) for row in rows} <= known
    assert len({(row["table"], row["statistic"], row["method"]) for row in rows}) == len(rows) == 134
    assert all(float(row["value"]) > 0 and row["source"] for row in rows)
    fit = {row["value"] for row in rows if "_r2_" in row["statistic"]}
    assert min(map(float, fit)) == 0.9969


def test_ratios_and_correlations_of_the_paper_agree_with_its_deviations():
    published = [row for row in read_published(KHAN_THOMAS.paper) if row["table"] == "cycle"]
    rows = {(row["statistic"], row["method"]): float(row["value"]) for row in published}
    for name in ("investment", "labor", "consumption"):
        ratio = rows[f"sd_{name}", "KS"] / rows["sd_output", "KS"]
        assert rows[f"sd_{name}_to_output", "KS"] == pytest.approx(ratio, abs=1e-4)
        assert rows[f"sd_{name}_to_output", "NN-KS"] == pytest.approx(
            rows[f"sd_{name}", "NN-KS"] / rows["sd_output", "NN-KS"], abs=1e-3
        )


def test_calibrations_without_a_baseline_stand_alone(make_study):
    cases = read(make_study([solve("calibrations", "KS", "volatile firms", spikes_up=0.321)]))
    table = calibrations_table({"baseline": [], "volatile firms": [cases]}, {"baseline": "", "volatile firms": "x 2"})
    (row,) = table.rows
    assert [cell.text for cell in row[:3]] == ["volatile firms", "KS", "1/1"]
    assert "0.321" in [cell.text for cell in row]
    assert sum(columns for _, columns in table.spans) == len(table.header) == len(row)
