"""Runs in the process of the tests end as runs of their own, and none of them hears of the flags of another."""

import subprocess
import sys

from absl import flags

from hetkeras.command_line.table import read_jobs  # noqa: F401  (defines flags, as what other tests import does)
from tests.apps.many_runs import ROOT, run

CASES = [
    ["report", "--run_dir=/no/such/directory"],
    ["report"],
    ["report", "--run_dir=runs", "--no_such_flag"],
    ["report", "--run_dir=runs", "--only=a flag of another program"],
    ["report", "--run_dir=/no/such/directory", "extra", "--verbosity=1"],
    ["report", "--run_dir=/no/such/directory"],
]


def test_what_a_run_says_does_not_depend_on_the_process():
    shared = [run(*case) for case in CASES]
    for (program, *words), done in zip(CASES, shared, strict=True):
        command = [sys.executable, "-m", f"apps.{program}", *words]
        alone = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (alone.returncode, alone.stdout, alone.stderr)
    assert len({done.stderr for done in shared}) == 5


def test_flags_of_the_tests_are_as_they_were():
    before = {name: flags.FLAGS[name] for name in flags.FLAGS}
    run("solve_investment", "--no_such_flag")
    assert before == {name: flags.FLAGS[name] for name in flags.FLAGS}
    assert "run_dir" not in before
