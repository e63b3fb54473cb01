"""What every solve leaves behind once its SavedModel has been measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.common import table, write_columns
from hetkeras import saved_model
from hetkeras.diagnose import CHECK_HEADER
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.files import write_json
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory


def write_outputs(run: RunDirectory, diagnosis: Diagnosis, training: Mapping[str, Any], with_report: bool) -> None:
    """Writes the files of the run directory and prints the verdict.

    Args:
      run: the directory.
      diagnosis: of the reloaded SavedModel.
      training: numbers that only training knows.
      with_report: whether to draw the page.
    """
    from hetkeras.report.page import write_report  # matplotlib, for who draws

    numbers = {**training, **diagnosis.as_dict()}
    with phase("files and page"):
        write_json(run.diagnostics, numbers)
        for name, columns in diagnosis.tables.items():
            write_columns(run.path / f"{name}.csv", columns)
        columns = zip(*diagnosis.rows(), strict=True)
        write_columns(run.path / "checks.csv", dict(zip(CHECK_HEADER, columns, strict=True)))
        saved_model.record_measurements(run.saved_model, numbers)
        page = write_report(run.path) if with_report else None
    phase.finish()
    print("\n" + table(CHECK_HEADER, diagnosis.rows()))
    print(f"\nconverged: {diagnosis.converged}" + (f" ({diagnosis.reason})" if diagnosis.reason else ""))
    if page:
        print(f"page:       {page}")
    print(f"SavedModel: {run.saved_model}")
