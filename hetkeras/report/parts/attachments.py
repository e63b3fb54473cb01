"""What lies beside a page for whoever writes a paper: figures as PDF, tables in LaTeX for booktabs."""

from __future__ import annotations

import collections
from collections.abc import Iterator

from hetkeras.latex import escaped, tabular
from hetkeras.report.parts.content import Block, Cell, Facts, Page, Picture, Section, Table, file_name
from hetkeras.report.parts.figures import to_pdf

FIGURES, TABLES = "figures", "tables"
LONG = 40  # characters, from which a cell is broken into lines


def attachments(page: Page) -> dict[str, bytes]:
    """Returns a file for each figure and each table of a page, path -> content; those of one name are counted."""
    found: dict[str, bytes] = {}
    count: collections.Counter[str] = collections.Counter()
    for section in page.sections:
        for block in section.blocks:
            for path, kind, content in _attached(page, section, block):
                count[path] += 1
                found[f"{path}{f'_{count[path]}' if count[path] > 1 else ''}{kind}"] = content
    return found


def table_latex(table: Table) -> str:
    """Returns a table as a tabular; what stands below a number follows it."""
    above = _spans(table.spans) if table.spans else ()
    rows = [tuple(map(escaped, table.header)), *(_row(row) for row in table.rows)]
    return tabular(rows, "".join(_column(table, column) for column in range(len(table.header))), above)


def _attached(page: Page, section: Section, block: Block) -> Iterator[tuple[str, str, bytes]]:
    """Path without its end, the end, content."""
    if isinstance(block, Picture):
        yield f"{FIGURES}/{file_name(block.description)}", ".pdf", to_pdf(block.figure)
    elif isinstance(block, Table | Facts):
        title = (isinstance(block, Facts) and block.title) or section.title
        text = table_latex(block) if isinstance(block, Table) else _facts(block)
        head = f"% {page.title}. {title}".replace("\n", " ")
        yield f"{TABLES}/{file_name(title)}", ".tex", f"{head}\n{text}\n".encode()


def _facts(facts: Facts) -> str:
    rows = [tuple(map(escaped, row)) for row in (("", "value"), *facts.rows)]
    return tabular(rows, "ll")


def _spans(spans: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    names, rules, column = [], [], 1
    for heading, columns in spans:
        names.append(rf"\multicolumn{{{columns}}}{{c}}{{{escaped(heading)}}}")
        if heading:
            rules.append(rf"\cmidrule(lr){{{column}-{column + columns - 1}}}")
        column += columns
    return " & ".join(names) + r" \\", "".join(rules)


def _column(table: Table, column: int) -> str:
    if any(len(row[column].text) > LONG for row in table.rows if row[column].tone != "heading"):
        return r"p{0.45\linewidth}"
    return "r" if column >= table.numbers_from else "l"


def _row(row: tuple[Cell, ...]) -> tuple[str, ...]:
    if row[0].tone == "heading":
        return (rf"\multicolumn{{{len(row)}}}{{l}}{{\textit{{{escaped(row[0].text)}}}}}",)
    return tuple(
        " ".join(filter(None, [escaped(cell.text), escaped(cell.below)])) + (f"$^{{{cell.mark}}}$" if cell.mark else "")
        for cell in row
    )
