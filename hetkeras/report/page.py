"""One self-contained HTML page from the directory of a run or of a study."""

from __future__ import annotations

from pathlib import Path

import jinja2

from hetkeras.errors import RunDirectoryError
from hetkeras.files import write_text
from hetkeras.report.estimates.estimate_page import ESTIMATE, estimate_page
from hetkeras.report.parts.content import Page
from hetkeras.report.parts.reading import read_rows
from hetkeras.report.runs.run_page import run_page
from hetkeras.report.studies import bloom as branch_study
from hetkeras.report.studies import export_entry as export_entry_study
from hetkeras.report.studies import kahou_2022 as study_page
from hetkeras.report.studies import khan_thomas as krusell_smith_study
from hetkeras.report.studies import production_network as network_study
from hetkeras.report.studies.cases import RESULTS

PAGE, RUN = "report.html", "run.json"


def write_report(directory: Path) -> Path:
    """Writes report.html into the directory of a run, a study or an estimate; returns its path.

    Raises:
      RunDirectoryError: if the directory is neither, a file in it is missing or damaged, or it cannot be written.
    """
    directory = Path(directory)
    text = render(read_page(directory))
    try:
        write_text(directory / PAGE, text)
    except PermissionError as error:
        raise RunDirectoryError(
            f"{directory / PAGE} cannot be written ({error.strerror}); make {directory} writable or copy it"
        ) from error
    return directory / PAGE


def read_page(directory: Path) -> Page:
    """Returns what the page of a directory says."""
    if (directory / RESULTS).is_file():
        tables = {row["table"] for row in read_rows(directory / RESULTS, ("table",))}
        papers = (krusell_smith_study, branch_study, export_entry_study, network_study)
        family = next((paper for paper in papers if not tables.isdisjoint(paper.NAMES)), study_page)
        return family.study_page(directory)
    if (directory / ESTIMATE).is_file():
        return estimate_page(directory)
    if (directory / RUN).is_file():
        return run_page(directory)
    found = "does not exist" if not directory.exists() else f"holds neither {RUN} nor {RESULTS} nor {ESTIMATE}"
    raise RunDirectoryError(
        f"{directory} {found}; expected the directory of a solve ({RUN}), of a study ({RESULTS}) or of an estimate "
        f"({ESTIMATE}). Give the --run_dir or --out_dir that it was started with"
    )


def render(page: Page) -> str:
    """Returns the page as HTML; every text in it is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hetkeras.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("template.html").render(page=page)
