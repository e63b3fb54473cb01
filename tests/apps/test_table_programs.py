"""Tables of solves as a user runs them: processes of their own, results that say what failed."""

import csv
import json

import pytest

from hetkeras.command_line.table import Job, write_results
from hetkeras.sweeps.case_folder import ROW
from tests.apps.investment_program import BAD_INPUT, alone, refused
from tests.apps.many_runs import run


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A table of two solves, one of which stops with an error: flags, outcome, directory of the results."""

    def case(description, **flags):
        shape = {"network": "identity", "width": 8, "rho_depth": 1, "steps": 20, **flags}
        return {"table": "table1", "group": "phi(Identity)", "description": description, "flags": shape}

    place = tmp_path_factory.mktemp("study")
    wrong = [flag.removeprefix("--set=") for flag in BAD_INPUT[0][0]]
    cases = [case("right", set=["num_firms=8"]), case("wrong", set=wrong)]
    (place / "table.json").write_text(json.dumps({"model": "investment", "cases": cases}))
    flags = [f"--table={place / 'table.json'}", f"--out_dir={place / 'out'}"]
    return flags, alone("run_table", *flags), place / "out"


def results(out_dir):
    with (out_dir / "results.csv").open(encoding="utf-8") as stream:
        return {row["description"]: row for row in csv.DictReader(stream)}


def test_bad_input_of_a_program_of_its_own_ends_it_alike(study, tmp_path):
    """What the tests above take for granted, which run in one process."""
    done = run("solve_investment", f"--run_dir={tmp_path / 'run'}", *BAD_INPUT[0][0])
    row = results(study[-1])["wrong"]
    assert done.stderr.replace("\n", " ").split() == ["error:", *row["reason"].split()]
    assert done.stdout == ""


def test_a_table_runs_its_cases_once_and_reports_failures(study, tmp_path):
    flags, done, out_dir = study
    assert done.returncode == 1
    rows = results(out_dir)
    assert rows["right"]["num_agents"] == "8"
    assert float(rows["right"]["policy_error_mean"]) > 0
    assert rows["wrong"]["converged"] == "False"
    assert "num_firms is 0" in rows["wrong"]["reason"]
    finished = out_dir / rows["right"]["run_dir"] / "diagnostics.json"
    assert rows["right"]["network"] == "identity"
    before = finished.stat().st_mtime_ns
    run("run_table", *flags, "--only=right")
    assert finished.stat().st_mtime_ns == before
    refused(run("run_table", *flags, "--only=nothing_like_it"), "picks none")
    refused(run("run_table", f"--table={tmp_path / 'absent.json'}"), "cannot be used")


def test_results_say_of_long_lists_only_how_many_numbers_they_have(tmp_path):
    case = {"table": "t", "group": "g", "description": "d", "flags": {}}
    job = Job(case, 0, "none", tmp_path)
    job.run_dir.mkdir(parents=True)
    calibration = {"rate": 0.05, "short": [0.1, 0.2], "long": [0.25] * 9_999 + [1.5]}
    (job.run_dir / "run.json").write_text(json.dumps({"calibration": calibration}))
    row = {"status": "done", "numbers": {"converged": True, "error": 0.003}, "seconds": {}}
    (job.run_dir / ROW).write_text(json.dumps(row))
    write_results(tmp_path, [job])
    row = results(tmp_path)["d"]
    assert row["long"] == "10,000 numbers from 0.25 to 1.5, all of them in run.json"
    assert (row["rate"], row["short"], row["error"]) == ("0.05", "[0.1, 0.2]", "0.003")
