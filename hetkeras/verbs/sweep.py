"""Many solves, one table."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from hetkeras.errors import SweepError, unwritten
from hetkeras.files import write_json
from hetkeras.named_models import is_file
from hetkeras.sweeps.case import Case
from hetkeras.sweeps.case_file import read_cases
from hetkeras.sweeps.case_folder import LOG, ROW, carried_out, folder_of, kept
from hetkeras.sweeps.engine import Call, Engine
from hetkeras.sweeps.engines import engine_of
from hetkeras.sweeps.processes import Processes
from hetkeras.sweeps.rows import rows_of
from hetkeras.sweeps.serial import Serial
from hetkeras.sweeps.sweep_table import SweepTable
from hetkeras.training.run_directory import RunDirectory
from hetkeras.verbs.solved_case import Checked, check_cases, solve_case

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("hetkeras", "tensorflow", "keras", "numpy")  # whose versions a table has one of
CASES = "cases.json"
MINUTE = 60  # seconds between two lines of progress where nobody watches


def sweep(
    cases: str | Path | Iterable[Mapping[str, Any]],
    run_dir: str | Path,
    executor: str | Engine = "processes",
    seeds: int = 1,
    model: str | None = None,
    options: Mapping[str, Any] | None = None,
    workers: int | None = None,
    slurm: Mapping[str, Any] | None = None,
    retry_failed: bool = False,
) -> pd.DataFrame:
    """Solves many cases and keeps a table of them, row by row; start it again to go on.

    A case that has its row is not solved again, one that was interrupted is resumed, and one that is changed is solved
    anew. What fails is a row with its reason. Scripts call this under `if __name__ == "__main__":`.

    Args:
      cases: a CSV or JSON file, a pandas frame or mappings; each has a name, and may have a model, a seed, fields of
        the calibration, options and settings, see `docs/sweeps.md`.
      run_dir: everything goes here: sweep.csv, seconds.csv, and the run directory of each case below `cases`.
      executor: "processes" of this machine, "slurm" or "ray".
      seeds: 0, 1, ... of each case that has no seed of its own.
      model: of cases that name none, as in "my_model.py:Skills".
      options: of all cases, see `hetkeras.solve`.
      workers: at a time, each on one core; all cores by default. 0 with processes solves in this process.
      slurm: parameters of submitit, such as slurm_partition or timeout_min.
      retry_failed: solves cases again that failed.

    Returns:
      A row a case, in their order: the case, the fields that cases set, what was measured, status ("done" or "failed"),
      converged and reason.

    Raises:
      SweepError: if cases or their names contradict each other or their models, or the executor is not there.
      CalibrationError: if a CSV file is damaged.
      RunDirectoryError: if run_dir cannot be written, is in use, or has cases of other versions.
    """
    import pandas as pd

    if seeds < 1:
        raise SweepError(f"seeds is {seeds}; expected at least 1")
    asked = read_cases(cases, seeds, model, options)
    count = len(os.sched_getaffinity(0)) if workers is None else workers
    with contextlib.closing(RunDirectory(run_dir)) as run:
        run.claim({"sweep_of": {name: version(name) for name in PACKAGES}}, {})
        engine = engine_of(executor, count, run.path / "jobs", slurm) if isinstance(executor, str) else executor
        with contextlib.closing(engine):
            identities = _identities(asked, engine, run.path / LOG)
            cases_dir = run.path.resolve() / "cases"  # workers may have other working directories
            folders = [cases_dir / folder_of(*each) for each in zip(asked, identities, strict=True)]
            table = SweepTable(run.path, asked, folders, [each["calibration"] for each in identities])
            try:
                write_json(run.path / CASES, _told(asked, folders, identities))
                _fill(table, engine, asked, folders, retry_failed)
            except OSError as error:
                raise unwritten(run.path, error) from error
    return pd.DataFrame(table.rows())


def _told(
    cases: Sequence[Case], folders: Sequence[Path], identities: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What each case is and where, for readers."""
    rows = zip(cases, folders, identities, strict=True)
    return [
        {"name": case.name, "seed": case.seed, "folder": "/".join(folder.parts[-3:]), **identity}
        for case, folder, identity in rows
    ]


def _identities(cases: Sequence[Case], engine: Engine, log: Path) -> list[Mapping[str, Any]]:
    """What each case is, found out by a process of this machine, so that TensorFlow does not start here.

    Raises:
      SweepError: naming the first case that cannot be run.
    """
    local = engine if isinstance(engine, Processes | Serial) else Processes(1)
    (answer,) = local.run([partial(check_cases, cases, log)])
    if local is not engine:
        local.close()
    if answer.lost:
        raise SweepError(
            "a process ended before it had read the cases; a script calls hetkeras.sweep under "
            "`if __name__ == '__main__':`, and memory must do for a process"
        )
    checked: list[Checked] = answer.value
    wrong = {case.name: each.problem for case, each in zip(cases, checked, strict=True) if each.problem}
    for name, problem in wrong.items():
        more = f" (and {len(wrong) - 1} more cases)" if len(wrong) > 1 else ""
        raise SweepError(f"case '{name}' cannot be run: {problem}{more}")
    return [each.identity for each in checked]


def _fill(
    table: SweepTable, engine: Engine, cases: Sequence[Case], folders: Sequence[Path], retry_failed: bool
) -> None:
    """Adds what is known to the table, then what comes."""
    calls: dict[int, Call] = {}
    for place, (case, folder) in enumerate(zip(cases, folders, strict=True)):
        row = kept(folder)
        if row is not None and retry_failed and row["status"] == "failed":
            (folder / ROW).unlink()
            row = None
        if row is None:
            calls[place] = partial(carried_out, solve_case, _anywhere(case), folder)
        else:
            table.add(place, row)
    shown = {"total": len(cases), "initial": len(cases) - len(calls), "unit": "case"}
    try:
        with tqdm(**shown, mininterval=0.1 if sys.stderr.isatty() else MINUTE) as bar:
            for place, row in rows_of(engine, calls, folders):
                table.add(place, row)
                bar.set_postfix(failed=table.failures(), refresh=False)
                bar.update()
    finally:
        table.write()


def _anywhere(case: Case) -> Case:
    """The case with the path of its model from the root."""
    if not is_file(case.model):
        return case
    path, separator, name = case.model.partition(":")
    return dataclasses.replace(case, model=f"{Path(path).expanduser().resolve()}{separator}{name}")
