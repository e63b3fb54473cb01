import math
import re

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import write_report
from hetkeras.report.studies.cases import published, read_cases, row_key
from hetkeras.report.studies.kahou_2022 import FOOTNOTES
from hetkeras.report.studies.kahou_2022_tables import comparison, median, median_error, missing, worst


@pytest.fixture
def rows(make_case):
    """Three seeds of one design, the last not converged; one design of our own; sizes; two curvatures."""
    baseline = [
        make_case("table1", "phi(ReLU)", "Baseline", 0, train_seconds=5, policy_error_mean=1e-4, euler_mse=1e-8),
        make_case("table1", "phi(ReLU)", "Baseline", 1, train_seconds=9, policy_error_mean=3e-4, euler_mse=7e-8),
        make_case("table1", "phi(ReLU)", "Baseline", 2, train_seconds=6, policy_error_mean=0.337, euler_mse=4e-8)
        | {"converged": False, "reason": "the explosive root"},
    ]
    return [
        *baseline,
        make_case("table1", "phi(ReLU)", "Wide (256 nodes)", 0, parameters=255_000),
        make_case("figure3", "phi(ReLU)", "N = 2", 0, num_agents=2.0),
        make_case("figure3", "phi(ReLU)", "N = 2", 1, num_agents=2.0, converged=False, policy_error_mean=""),
        make_case("figure3", "phi(ReLU)", "N = 512", 0, num_agents=512.0),
        make_case("figure5", "phi(ReLU)", "nu = 1.05", 0, demand_curvature=1.05),
        make_case("figure5", "phi(ReLU)", "nu = 1.5", 0, demand_curvature=1.5, run_dir=""),
    ]


def row_of(table, group, design):
    """The line of a design under its group, whose name stands on the group's first line only."""
    name = ""
    for row in table.rows:
        name = row[0].text or name
        if (name, row[1].text) == (group, design):
            return [cell.text for cell in row[2:]]
    raise AssertionError(f"{group} {design} is not in the table")


def test_ours_is_the_median_the_worst_and_the_count(make_study, rows):
    cases = [case for case in read_cases(make_study(rows)) if case.table == "table1"]
    table = comparison("table1", cases)
    theirs, ours = ["107", "66.8", "3.7e-06", "3.3e-07", "3.3e-07", "0.09 %"], ["2/3", "6.0", "67.6", "1.0e-08"]
    assert row_of(table, "φ(ReLU)", "Baseline") == [*theirs, *ours, "4.0e-08", "0.030 %", "34 %"]
    assert row_of(table, "φ(ReLU)", "Wide (256 nodes)")[:8] == ["–"] * 6 + ["1/1", "6.0"]
    assert row_of(table, "φ(Identity)", "Baseline")[6:] == ["–"] * 7
    assert table.spans == (("", 2), ("paper", 6), ("hetkeras", 7))


def test_a_missing_error_counts_as_infinite_unless_all_are_missing(make_study, make_case):
    errors = (2e-4, "", 1e-4)
    rows = [make_case("table1", "phi(ReLU)", "Baseline", s, policy_error_mean=e) for s, e in enumerate(errors)]
    cases = read_cases(make_study([{**row, "euler_mse": "", "run_dir": ""} for row in rows]))
    assert median_error(cases, "policy_error_mean") == 2e-4
    assert worst(cases, "policy_error_mean") == math.inf
    assert median(cases, "policy_error_mean") == pytest.approx(1.5e-4)
    assert math.isnan(worst(cases, "euler_mse"))
    assert [cell.text for cell in comparison("table1", cases).rows[10]][-3:] == ["–", "0.020 %", "not finite"]


@pytest.mark.usefixtures("pixels")
def test_the_page_says_what_is_missing(make_study, rows):
    text = write_report(make_study(rows)).read_text(encoding="utf-8")
    assert '<p class="verdict bad">7 of 9 cases converged</p>' in text
    assert "Not in results.csv: φ(Identity) Baseline; φ(Identity) Thin (64 nodes);" in text
    assert "φ(ReLU) L = 16" in re.search(r"Not in results\.csv: [^<]*", text)[0]
    assert (
        "(no converged case with a paths.csv): φ(Identity) Baseline of table1; φ(Moments) Baseline of table1." in text
    )
    assert "ν = 1 of figure5; ν = 1.1 of figure5; ν = 1.5 of figure5." in text
    assert "φ(Moments) Baseline of table2; φ(ReLU) Baseline of table2." in text
    assert "Converged: N = 2: 1/2, N = 512: 1/1. Errors that are missing or not finite are not drawn." in text
    assert "Fewer seeds in results.csv than for other designs: φ(ReLU) Wide (256 nodes) (1 of 3)." in text
    assert "the explosive root" in text
    assert text.count("data:image/svg+xml") == 4  # Figures 1, 2, 3 and 5


def test_figures_show_the_first_seed_that_converged(make_study, rows):
    rows[0]["converged"] = False
    text = write_report(make_study(rows)).read_text(encoding="utf-8")
    assert text.count("N = 128, ν = 1; seed 1.") == 2


def test_a_case_that_failed_links_to_its_own_page(make_study, rows):
    study = make_study(rows)
    (study / rows[2]["run_dir"] / "report.html").write_text("x")
    assert f'<a href="{rows[2]["run_dir"]}/report.html">φ(ReLU) Baseline</a>' in write_report(study).read_text()


def test_a_design_is_found_however_it_is_spaced():
    assert row_key("φ(ReLU)", "Shallow(φ: 1 layer, ρ: 2 layers)") == row_key(
        "phi(ReLU)", "Shallow (phi: 1 layer, rho: 2 layers)"
    )
    assert row_key("phi(ReLU)", "L = 1") != row_key("phi(ReLU)", "L = 16")
    assert row_key("phi(ReLU)", "Shallow (phi: 1 layer)") != row_key("phi(ReLU)", "Shallow (rho: 1 layer)")


@pytest.mark.parametrize(("table", "designs"), [("table1", 20), ("table2", 14)])
def test_the_published_tables_are_whole(table, designs):
    rows = published(table)
    assert len({row_key(row["group"], row["description"]) for row in rows}) == len(rows) == designs
    numbers = [
        float(v) for row in rows for k, v in row.items() if k not in ("source", "group", "description", "footnote")
    ]
    assert min(numbers) > 0
    assert len(missing(table, [])) == designs


def test_footnotes_mark_the_wrong_roots_of_the_paper():
    marked = {row["policy_error_percent"]: row["footnote"] for row in published("table1") if row["footnote"]}
    assert marked == {"33.53": "a", "34.00": "a", "59.41": "b"}


def test_the_footnote_is_the_explosive_root_and_its_error():
    beta, gamma, keep = 0.95, 90.0, 0.95
    roots = np.roots([beta * gamma * keep, beta * gamma * keep**2 - beta - gamma, -beta * keep])
    stable, explosive = sorted(roots, key=lambda slope: abs(keep + slope))
    assert f"H1 = {explosive:+.2f}" in FOOTNOTES["a"]

    def policy(slope, mean):
        return beta / (gamma + beta - beta * gamma * keep * (1 + slope)) + slope * mean

    errors, mean = [], 0.9
    for _ in range(63):
        exact = policy(stable, mean)
        errors.append(abs(policy(explosive, mean) - exact) / exact)
        mean = keep * mean + exact
    assert "that root is a third away" in FOOTNOTES["a"]
    assert np.mean(errors) == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"table": "table9"}, "line 2: table is 'table9', expected one of table1"),
        ({"converged": "perhaps"}, "line 2: converged is 'perhaps', expected one of true"),
        ({"train_mse": "small"}, "line 2: train_mse is no number; expected one"),
    ],
)
def test_damaged_results_are_refused(make_study, make_case, change, says):
    baseline = make_case("table1", "phi(ReLU)", "Baseline", 0, run_dir="")
    study = make_study([baseline | change, baseline])
    with pytest.raises(RunDirectoryError, match=re.escape(says)) as caught:
        write_report(study)
    assert str(study / "results.csv") in str(caught.value)


def test_a_damaged_case_is_refused(make_study, rows):
    study = make_study(rows)
    paths = study / rows[0]["run_dir"] / "paths.csv"
    paths.write_text(paths.read_text()[:-8])
    with pytest.raises(RunDirectoryError, match="cut short") as caught:
        write_report(study)
    assert str(paths) in str(caught.value)
