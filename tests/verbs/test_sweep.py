"""Sweeps: rows in the order of cases, asked for once, also after kills, full disks and changes of the cases."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import hetkeras as hk
from hetkeras.errors import RunDirectoryError, SweepError
from hetkeras.report.page import read_page
from hetkeras.sweeps.case_folder import ROW
from tests.verbs import sweep_tasks

ROOT = Path(__file__).parents[2]
sweep_module = importlib.import_module("hetkeras.verbs.sweep")
CASES = [{"name": name, "model": "m", "x": x} for name, x in (("a", 1.0), ("b", -2.0), ("c", 0.1))]


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    def run(cases=CASES, task="solve_case", check="check_cases", **settings):
        monkeypatch.setattr(sweep_module, "solve_case", getattr(sweep_tasks, task))
        monkeypatch.setattr(sweep_module, "check_cases", getattr(sweep_tasks, check))
        return hk.sweep(cases, tmp_path / "run", **{"workers": 0, **settings})

    return run


def asked(tmp_path):
    return (tmp_path / "run" / "asked").read_text().split()


def test_rows_are_those_of_the_cases_in_their_order(sweep, tmp_path):
    frame = sweep(seeds=2)
    assert list(frame) == ["name", "seed", "model", "x", "third", "measured.x", "status", "converged", "reason"]
    assert list(frame["name"]) == ["a", "a", "b", "b", "c", "c"]
    assert list(frame["status"]) == ["done"] * 2 + ["failed"] * 2 + ["done"] * 2
    assert frame["reason"][2] == "ValueError: x is negative"
    assert frame["third"][5] == 0.1 / 3 + 1
    assert frame["measured.x"][4] == -0.1
    written = pd.read_csv(tmp_path / "run" / "sweep.csv")
    assert written["third"][5] == 0.1 / 3 + 1
    assert "train_seconds" not in written
    seconds = pd.read_csv(tmp_path / "run" / "seconds.csv")
    assert list(seconds["starts"]) == [1] * 6
    assert seconds["train_seconds"][0] == 0.1
    assert "solving 0.1" in next((tmp_path / "run" / "cases").glob("c_*/seed1/log.txt")).read_text()


def test_a_model_that_ends_its_process_is_a_failed_row_too(sweep):
    frame = sweep([{**CASES[0], "x": 10.0}, CASES[2]])
    assert list(frame["status"]) == ["failed", "done"]
    assert frame["reason"][0] == "SystemExit: x is beyond me"


def test_what_is_known_is_not_asked_for_again_and_changes_are(sweep, tmp_path):
    first = sweep()
    pd.testing.assert_frame_equal(sweep(), first)
    assert asked(tmp_path) == ["a0", "b0", "c0"]
    sweep(retry_failed=True)
    assert asked(tmp_path)[3:] == ["b0"]
    changed = [CASES[2], {**CASES[0], "x": 4.0}]
    assert list(sweep(changed)["third"]) == [0.1 / 3, 4.0 / 3]
    assert asked(tmp_path)[4:] == ["a0"]


def test_processes_give_the_same_table_and_a_case_that_kills_is_a_row(sweep, tmp_path):
    frame = sweep(CASES, "deadly", workers=2)
    assert list(frame["status"]) == ["done", "failed", "done"]
    assert frame["reason"][1] == "its process was killed, perhaps for memory, 3 times"
    assert sorted(asked(tmp_path)) == ["a0", "c0"]
    assert next((tmp_path / "run" / "cases").glob("b_*/seed0/starts")).read_text() == "+++"
    serial = sweep([CASES[0], CASES[2]])
    pd.testing.assert_frame_equal(serial, sweep([CASES[0], CASES[2]], workers=2))


def test_the_page_of_a_sweep_has_what_went_wrong_first_and_ranges_of_what_went_right(sweep, tmp_path):
    sweep()
    page = read_page(tmp_path / "run")
    (cases,), (ranges,) = (section.blocks for section in page.sections)
    assert (page.subtitle, page.verdict.text) == ("a sweep of 3 cases", "2 of 3 cases converged")
    assert cases.header == ("case", "seed", "x", "how it ended")
    found = [[cell.text for cell in row] for row in cases.rows]
    assert [(name, end) for name, _, _, end in found] == [
        ("b", "failed: ValueError: x is negative"),
        ("a", "right"),
        ("c", "right"),
    ]
    thirds = sorted(float(row[2]) / 3 for row in found[1:])
    (third,) = [row for row in ranges.rows if row[0].text == "third"]
    assert [float(cell.text) for cell in third[2:]] == pytest.approx([thirds[0], sum(thirds) / 2, thirds[1]], rel=1e-3)
    (tmp_path / "run" / "cases.json").write_text("[1]")
    with pytest.raises(RunDirectoryError, match=r"cases\.json is damaged or missing"):
        read_page(tmp_path / "run")


def test_a_full_disk_ends_the_sweep_and_is_no_row(sweep, tmp_path):
    with pytest.raises(RunDirectoryError, match=r"writing failed: .*No space left.*start the same command again"):
        sweep(CASES, "full_disk")
    assert pd.read_csv(tmp_path / "run" / "sweep.csv")["name"].tolist() == ["a"]
    assert len(sweep()) == 3
    assert asked(tmp_path) == ["a0", "b0", "c0"]


def test_a_case_that_cannot_be_run_ends_it_before_the_first_one(sweep, tmp_path):
    with pytest.raises(SweepError, match=r"case 'a' cannot be run: Walk has no field 'z' \(and 2 more cases\)"):
        sweep(CASES, check="unknown")
    assert not (tmp_path / "run" / "cases").exists()
    with pytest.raises(SweepError, match="seeds is 0; expected at least 1"):
        sweep(seeds=0)


def test_a_damaged_row_is_told_and_a_table_has_one_version(sweep, tmp_path):
    sweep()
    row = next((tmp_path / "run" / "cases").glob(f"a_*/seed0/{ROW}"))
    row.write_text("{}")
    with pytest.raises(RunDirectoryError, match=r"row\.json is damaged \('status'\); delete it to have the case again"):
        sweep()
    run = tmp_path / "run" / "run.json"
    run.write_text(run.read_text().replace(hk.__version__, "0.0.9"))
    with pytest.raises(RunDirectoryError, match=r"sweep_of\.hetkeras: '0\.0\.9' there"):
        sweep()


WALK = '''
from dataclasses import dataclass

from hetkeras.method import register
from tools.faults.tiny_solve import Tiny, TinyMethod

register(TinyMethod())


@dataclass(frozen=True)
class Walk(Tiny):
    """A walk."""
'''


def test_the_command_sweeps_over_a_model_in_a_file(tmp_path):
    (tmp_path / "walk.py").write_text(WALK)
    (tmp_path / "cases.csv").write_text("name,size,pull\nshort,6,\nlong,60,0.2\nnone,-1,\n")
    words = ["sweep", "cases.csv", "--model=walk.py:Walk", "--run_dir=run", "--workers=1"]
    command = [sys.executable, "-m", "hetkeras.command_line.main", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 1, done.stderr
    assert "3 cases: 2 converged, 0 not, 1 failed" in done.stdout
    table = pd.read_csv(tmp_path / "run" / "sweep.csv")
    assert table["parameters"].tolist()[:2] == [12, 120]
    assert table["pull"].tolist() == [0.1, 0.2, 0.1]
    assert "must be >= 0" in table["reason"][2]
    kept = json.loads((tmp_path / "run" / "cases.json").read_text())
    assert kept[1]["calibration"] == {"size": 60, "pull": 0.2}
