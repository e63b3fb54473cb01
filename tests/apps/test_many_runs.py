"""Runs that share a process end as runs of their own, and none of them hears of the flags of another."""

import subprocess
import sys

from tests.apps.many_runs import ROOT, run_many

CASES = [
    ["--run_dir=/no/such/directory"],
    [],
    ["--run_dir=runs", "--no_such_flag"],
    ["--run_dir=/no/such/directory", "extra", "--verbosity=1"],
    ["--run_dir=/no/such/directory"],
]


def test_what_a_run_says_does_not_depend_on_the_process():
    shared = run_many("report", CASES)
    for flags, done in zip(CASES, shared, strict=True):
        alone = subprocess.run([sys.executable, "-m", "apps.report", *flags], capture_output=True, text=True, cwd=ROOT)
        assert (done.returncode, done.stdout, done.stderr) == (alone.returncode, alone.stdout, alone.stderr)
    assert len({done.stderr for done in shared}) == 3
