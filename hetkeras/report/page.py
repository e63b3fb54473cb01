"""One self-contained HTML page from the directory of a run, a study, a sweep or an estimate."""

from __future__ import annotations

from pathlib import Path

import jinja2

from hetkeras.errors import RunDirectoryError
from hetkeras.files import write_bytes
from hetkeras.report.estimates.estimate_page import ESTIMATE, estimate_page
from hetkeras.report.parts.attachments import FIGURES, TABLES, attachments
from hetkeras.report.parts.content import Page
from hetkeras.report.parts.published import published
from hetkeras.report.parts.reading import read_rows
from hetkeras.report.runs.run_page import run_page
from hetkeras.report.studies import bloom, export_entry, kahou_2022, khan_thomas, own, production_network, sweep
from hetkeras.report.studies.cases import RESULTS

PAGE, RUN = "report.html", "run.json"
ATTACHED = f"its figures as PDF in {FIGURES}/ and its tables in LaTeX, for booktabs, in {TABLES}/"
PAPERS = (khan_thomas, bloom, export_entry, production_network, kahou_2022)
"""Studies of a paper: names of their tables, the models that these solve, and what makes the page."""


def write_report(directory: Path) -> Path:
    """Writes report.html into the directory of a run, study, sweep or estimate, and its figures and tables beside it.

    Returns:
      The path of the page.

    Raises:
      RunDirectoryError: if the directory is neither, a file in it is missing or damaged, or it cannot be written.
    """
    directory = Path(directory)
    page = read_page(directory)
    for name, content in {**attachments(page), PAGE: render(page).encode("utf-8")}.items():
        try:
            (directory / name).parent.mkdir(exist_ok=True)
            write_bytes(directory / name, content)
        except OSError as error:
            raise RunDirectoryError(
                f"{directory / name} cannot be written ({error.strerror}); make {directory} writable or copy it"
            ) from error
    return directory / PAGE


def read_page(directory: Path) -> Page:
    """Returns what the page of a directory says."""
    if (directory / RESULTS).is_file():
        return _study_page(directory)
    if (directory / sweep.SWEEP).is_file():
        return sweep.study_page(directory)
    if (directory / ESTIMATE).is_file():
        return estimate_page(directory)
    if (directory / RUN).is_file():
        return run_page(directory)
    found = (
        "does not exist"
        if not directory.exists()
        else f"holds neither {RUN} nor {RESULTS} nor {sweep.SWEEP} nor {ESTIMATE}"
    )
    raise RunDirectoryError(
        f"{directory} {found}; expected the directory of a solve ({RUN}), of a study ({RESULTS}), of a sweep "
        f"({sweep.SWEEP}) or of an estimate ({ESTIMATE}). Give the --run_dir or --out_dir that it was started with"
    )


def _study_page(directory: Path) -> Page:
    """That of a paper, where its tables are of its models, and else a page that speaks of no paper."""
    rows = read_rows(directory / RESULTS, ("table", "run_dir"))
    tables = {row["table"] for row in rows}
    runs = [run for row in rows if ((run := directory / row["run_dir"]) / RUN).is_file()]
    for paper in PAPERS:
        if not tables.isdisjoint(paper.NAMES) and all(published(run, *paper.MODELS) for run in runs):
            return paper.study_page(directory)
    return own.study_page(directory)


def render(page: Page) -> str:
    """Returns the page as HTML; every text in it is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hetkeras.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("template.html").render(page=page, attached=ATTACHED)
