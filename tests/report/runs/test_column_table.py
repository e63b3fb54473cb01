"""Every column of every file that our methods write is told in words."""

import csv
import re

import pytest

from hetkeras.report.parts import formats
from hetkeras.report.runs import branch_series, column_glossary
from hetkeras.report.runs.column_glossary import COLUMNS, ROWS, column_meaning
from hetkeras.report.runs.column_table import column_table
from hetkeras.report.runs.run_page import FAMILIES
from tests.report.branch_files import write_branch_run
from tests.report.csv_files import write_csv
from tests.report.firm_files import write_firm_run
from tests.report.flip_files import write_flip_run
from tests.report.network_files import write_network_run

WRITERS = (write_firm_run, write_branch_run, write_flip_run, write_network_run)
OF_THE_MODEL = {"elements.csv": {"revenue", "mean_cost", "entry_cost", "contribution"}}


def headers(directory):
    for path in directory.glob("*.csv"):
        with path.open(encoding="utf-8") as stream:
            yield path.name, next(csv.reader(stream))


@pytest.mark.parametrize("write", WRITERS)
def test_no_column_is_left_to_its_name(tmp_path, write):
    for file, columns in headers(write(tmp_path / "run")):
        assert file in ROWS
        for column in {*columns} - OF_THE_MODEL.get(file, set()):
            known = [pattern for each in (COLUMNS.get(file, {}), column_glossary.SERIES) for pattern in each]
            named = column.endswith("_se") or any(re.fullmatch(p, column.removeprefix("reference_")) for p in known)
            assert named, f"{column} of {file}"


def test_files_of_all_families_are_known():
    files = {name for _, names, _ in FAMILIES for name in names}
    assert files <= {*ROWS}
    assert {*COLUMNS} <= {*ROWS}
    assert branch_series.SIMULATION in ROWS


def test_meanings_have_units_and_speak_of_references_and_errors():
    units = {"price": "marginal utility"}
    assert column_meaning("simulation.csv", "price", units).endswith("(marginal utility)")
    assert column_meaning("simulation.csv", "reference_price", units).startswith(
        "the reference solution: price of goods"
    )
    assert column_meaning("impulse_response.csv", "output_se", {}) == "standard error of output"
    assert column_meaning("elements.csv", "foot_fall", {"foot_fall": "guests a day"}) == "foot fall (guests a day)"
    assert column_meaning("box.csv", "euler_residual_rms", {}).startswith("Root mean square Euler residual")
    assert formats.words("foot_fall") == "foot fall"


def test_columns_of_one_meaning_share_a_row(tmp_path):
    write_csv(tmp_path / "value_slice.csv", [{"capital": 1, **{f"value_{e}": e for e in (1, 2, 3, 4)}}])
    write_csv(tmp_path / "mine.csv", [{"a": 1}])
    (table,) = column_table(tmp_path, {})
    texts = [[cell.text for cell in row] for row in table.rows]
    assert texts[0][0] == "value_slice.csv: a row is a capital of the firm; the economy is where it usually is"
    assert [row[0] for row in texts[1:]] == ["capital", "value_1 … value_4"]
    assert column_table(tmp_path / "nowhere", {}) == ()
