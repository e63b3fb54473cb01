"""The index of the papers' tables and figures: complete, made of numbers, and no section is named that is not drawn."""

import re

import pytest

from hetkeras.report.studies.cases import read_published
from tools.measured.markdown import ROOT, read_measured
from tools.papers import HUANG, KAHOU, RUN, STUDIES, STUDY, YOKOMOTO, Item, _ours, _writers, items

PRINTED = {
    KAHOU: {*(f"Table {n}" for n in range(1, 3)), *(f"Figure {n}" for n in range(1, 6))},
    YOKOMOTO: {*(f"Table {n}" for n in range(1, 15)), *(f"Figure {n}" for n in range(1, 15))},
    HUANG: {"Table 1", "Table 2", "Figure 1", "Figure 2"},
}


@pytest.fixture(scope="module")
def index():
    return [*items()]


def numbers(item):
    """Names of an item's tables or figures: "Figures 8 to 13" are six."""
    kind, rest = item.split(" ", 1)
    first, *last = map(int, re.findall(r"\d+", rest))
    return {f"{kind.rstrip('s')} {n}" for n in range(first, (last or [first])[-1] + 1)}


@pytest.mark.parametrize("paper", PRINTED)
def test_no_table_or_figure_is_left_out(index, paper):
    found = [name for each in index if each.paper == paper for name in numbers(each.item)]
    assert set(found) == PRINTED[paper]
    assert len(found) == len(set(found))


def test_the_file_holds_what_the_command_makes(index):
    assert [Item(**row) for row in read_measured("papers.csv")] == index


def test_what_is_named_is_drawn(index):
    sources = "".join(path.read_text() for path in (ROOT / "hetkeras" / "report").rglob("*.py"))
    for each in index:
        for name in re.findall(r"(?:Table|Figure)s? \d+(?: to \d+)?", each.ours):
            number = re.sub("Tables? ", "", name)
            assert name in sources or f" and {number}:" in sources, each
        for file in re.findall(r"\w+\.csv", each.file):
            assert f'"{file}"' in sources or (ROOT / "docs" / "measured" / file).is_file(), each
        assert each.ours.startswith((STUDY, RUN)) or each.verdict in ("words", "ours are others")


def test_numbers_are_taken_from_the_right_cell_in_printed_units():
    source = STUDIES["khan_thomas.csv"]
    row = next(r for r in read_published(source.study.paper) if r["statistic"] == "den_haan_price_max")
    rows = [
        {"table": "khan_thomas", "group": row["method"], "description": design, "den_haan_price_max": value}
        for design, value in (
            (source.chosen[row["method"]], "0.001"),
            (source.chosen[row["method"]], "0.003"),
            ("x", "9"),
        )
    ]
    assert _ours(row, rows, source, _writers(source)) == pytest.approx(0.2)  # per cent, mean over seeds
    assert _ours(row, rows[2:], source, _writers(source)) is None
