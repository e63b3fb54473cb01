"""The page of a table over somebody's own model: its rows, what differs, pictures, and no word about a paper."""

import json
import re

import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import read_page, write_report
from hetkeras.report.studies.own_cases import read_own_tables
from hetkeras.report.studies.own_figures import curves_by_case, most_different
from tests.report.csv_files import write_csv
from tests.report.firm_files import CALIBRATION, write_firm_run
from tests.report.runs.test_own_models import FOREIGN, adopt

CHECKS = [{"check": "rules_error", "measured": 1e-4, "expected": "<= 0.001", "verdict": "PASS"}]


def row(description, seed, table="shops", group="", **numbers):
    found = {"mean_capital": 1.5, "inaction": 0.75, "price": 2.2, "rules_error": 1e-4, "train_seconds": 6.0}
    return {
        **{"table": table, "group": group, "description": description, "seed": seed, "network": ""},
        **{"depreciation": 0.069, **found, "converged": True, "reason": "", **numbers},
        "run_dir": f"cases/{table}_{description}/seed{seed}".replace(" ", "_"),
    }


ROWS = [
    row("usual", 0),
    row("usual", 1, mean_capital=1.7),
    row("worn out", 0, depreciation=0.1, mean_capital=1.2, inaction=0.6, price=2.200001),
    row("worn out", 1, depreciation=0.1, mean_capital="", inaction="", price="", converged=False)
    | {"rules_error": "", "train_seconds": "", "reason": "exit status 1"},
]


@pytest.fixture
def make_study(tmp_path):
    """Writes results.csv, and the run of an own model for every solve that converged."""

    def make(rows, name="Shops"):
        write_csv(tmp_path / "results.csv", rows)
        for each in (each for each in rows if each["converged"] and each["run_dir"]):
            directory = write_firm_run(tmp_path / each["run_dir"], CALIBRATION)
            adopt(directory, {"units": {"price": "cowries", "mean_capital": "machines"}}, name)
            run = json.loads((directory / "run.json").read_text())
            run["calibration"] = {"depreciation": each["depreciation"]}
            (directory / "run.json").write_text(json.dumps(run))
            write_csv(directory / "checks.csv", CHECKS)
        return tmp_path

    return make


def cells(table, first):
    (found,) = (row for row in table.rows if row[0].text == first)
    return [(cell.text, cell.below, cell.tone) for cell in found[1:]]


def sections(page):
    return {section.title: section.blocks for section in page.sections}


def test_rows_are_cases_and_their_differences(make_study):
    page = read_page(make_study(ROWS))
    assert page.title.startswith("Shops: ")
    assert (page.subtitle, page.verdict.text) == ("2 cases, 4 solves", "3 of 4 solves converged")
    found = sections(page)
    cases = found["Cases"][0]
    assert cells(cases, "usual") == [("what others are compared with", "", ""), ("2/2", "", "good")]
    assert cells(cases, "worn out") == [("depreciation 0.1", "", ""), ("1/2", "", "bad")]
    said = found["What the solutions say"][0]
    assert [line[0].text for line in said.rows] == ["mean_capital", "inaction", "price"]
    assert cells(said, "mean_capital")[1:] == [("1.6", "(0.1414)", ""), ("1.2", "1 of 2 seeds −25 %", "bad")]
    assert cells(said, "price")[1:] == [("2.2", "(0)", ""), ("2.2", "1 of 2 seeds", "bad")]  # the same to five digits
    accurate = found["How accurate they are"][0]
    assert [line[0].text for line in accurate.rows] == ["rules_error", "train_seconds"]
    (failed,) = found["Solves that did not converge"][0].rows
    assert failed[-1].text == "exit status 1"


def test_what_differs_most_is_drawn_and_series_of_all_cases_are(make_study):
    (table,) = read_own_tables(make_study(ROWS))
    assert most_different(table) == ["mean_capital", "inaction"]
    drawn = curves_by_case(table)
    assert [block.description for block in drawn] == ["simulation.csv by case", "impulse_response.csv by case"]
    assert "(seed 0, 0)" in drawn[0].caption


def test_a_case_that_cannot_be_drawn_is_named(make_study):
    study = make_study(ROWS)
    (study / ROWS[2]["run_dir"] / "simulation.csv").unlink()
    texts = [block.text for block in curves_by_case(read_own_tables(study)[0]) if block.kind == "text"]
    assert texts == ["Not drawn from simulation.csv: worn out."]


@pytest.mark.usefixtures("pixels")
def test_the_page_speaks_of_no_paper(make_study):
    text = write_report(make_study(ROWS)).read_text(encoding="utf-8")
    assert text.count("data:image/svg+xml") == 3
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert [found[0] for found in FOREIGN.finditer(re.sub('base64,[^"]*', "", text))] == []
    assert "Shops" in text


@pytest.mark.parametrize("table", ["khan_thomas", "table1", "bloom"])
def test_an_own_table_may_be_called_like_one_of_a_paper(make_study, table):
    page = read_page(make_study([row("usual", 0, table=table)], name="KhanThomas"))
    assert page.title.startswith("KhanThomas: ")
    assert (page.subtitle, page.verdict.text) == ("1 case, 1 solve", "1 of 1 solves converged")


def test_several_tables_are_apart_and_groups_are_named(make_study, tmp_path):
    rows = [row("usual", 0, group="a"), row("usual", 0, group="b"), row("other", 0, table="rooms")]
    rows[1]["run_dir"] = "cases/b/seed0"
    first, second = read_own_tables(make_study(rows))
    assert [list(table.designs) for table in (first, second)] == [["a, usual", "b, usual"], ["other"]]

    assert [section.title for section in read_page(tmp_path).sections if section.title.endswith("Cases")] == [
        "shops: Cases",
        "rooms: Cases",
    ]


def test_solves_that_left_nothing_are_a_page_too(make_study):
    page = read_page(make_study([row("usual", 0, converged=False) | {"run_dir": "cases/none"}]))
    assert page.title.startswith("Solves: ")
    assert sections(page)["Figures"][0].text == "No case that converged left a table that is drawn."


def test_damaged_results_are_refused(make_study):
    study = make_study([row("usual", 0)])
    write_csv(study / "results.csv", [row("usual", 0) | {"converged": "perhaps"}])
    with pytest.raises(RunDirectoryError, match="line 2: converged is 'perhaps', expected one of"):
        write_report(study)
