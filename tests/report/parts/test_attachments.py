"""Figures and tables of a page as files for a paper."""

import pytest
from matplotlib.figure import Figure

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import write_report
from hetkeras.report.parts.attachments import attachments, table_latex
from hetkeras.report.parts.content import Cell, Facts, Page, Picture, Section, Table, Text, cells

TABLE = Table(
    ("statistic", "paper", "ours"),
    (
        (Cell("Fit", "heading"), Cell(""), Cell("")),
        (Cell("R²", mark="a"), Cell("0.99"), Cell("0.98", below="(0.01)")),
        cells("x" * 41, "–", "5 %"),
    ),
    spans=(("", 1), ("capital & price", 2)),
)


def of(*sections):
    return Page("run", "", Text("Converged", "good"), sections)


def test_a_table_in_latex_has_every_cell_and_the_headings_above_columns():
    assert table_latex(TABLE).splitlines() == [
        r"\begin{tabular}{p{0.45\linewidth}rr}",
        r"\toprule",
        r"\multicolumn{1}{c}{} & \multicolumn{2}{c}{capital \& price} \\",
        r"\cmidrule(lr){2-3}",
        r"statistic & paper & ours \\",
        r"\midrule",
        r"\multicolumn{3}{l}{\textit{Fit}} \\",
        r"R$^2$$^{a}$ & 0.99 & 0.98 (0.01) \\",
        "x" * 41 + r" & -- & 5 \% \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_files_are_named_by_titles_and_counted_where_they_share_one():
    figure = Figure()
    sections = (
        Section("Checks", (TABLE, TABLE, Text("a note"))),
        Section("How", (Facts((("seed", "3"),), "Set_up, all"), Picture(figure, "Prices, by period", ""))),
    )
    found = attachments(of(*sections))
    assert [*found] == [
        "tables/checks.tex",
        "tables/checks_2.tex",
        "tables/set_up_all.tex",
        "figures/prices_by_period.pdf",
    ]
    assert found["tables/set_up_all.tex"].decode().splitlines()[0] == "% run. Set_up, all"
    assert r"seed & 3 \\" in found["tables/set_up_all.tex"].decode()


@pytest.mark.usefixtures("pixels")
def test_a_page_leaves_its_figures_and_tables_beside_it(run_dir):
    text = write_report(run_dir).read_text(encoding="utf-8")
    pictures = sorted((run_dir / "figures").iterdir())
    assert len(pictures) == text.count("data:image/svg+xml") == 4
    assert all(path.read_bytes().startswith(b"%PDF") for path in pictures)
    assert r"num\_agents & 128 \\" in (run_dir / "tables" / "all_diagnostics.tex").read_text(encoding="utf-8")
    assert "its figures as PDF in figures/ and its tables in LaTeX" in text


def test_a_file_in_the_way_is_named(run_dir):
    (run_dir / "tables").write_text("mine")
    with pytest.raises(RunDirectoryError, match=r"tables/checks\.tex cannot be written \(File exists\); make"):
        write_report(run_dir)
