"""`hetkeras export`: a SavedModel in, files of ONNX and a table out; each wrong word is refused in one line."""

import io
import re
import sys

import pytest

from hetkeras.command_line import main as program
from tests.apps.many_runs import ROOT, new_flags

SHIPPED = str(ROOT / "exported_models" / "huggett")


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command in this process; its exit status and what it prints."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["hetkeras", "export", *words])
        with new_flags(), pytest.raises(SystemExit) as ended:
            program.main()
        return ended.value.code, capsys.readouterr().out

    return run


def test_it_writes_files_and_tells_how_they_agree(run, tmp_path, monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    code, printed = run(SHIPPED, "--onnx", f"--out_dir={tmp_path}/onnx", "--rows=40")
    assert not code
    assert {path.name for path in (tmp_path / "onnx").iterdir()} == {"policy.onnx", "policy.csv"}
    header, _, row, *_ = printed.splitlines()
    assert header.split() == ["function", "states", "gap", "decisions", "that", "differ"]
    assert row.split()[:2] == ["policy", "40"]
    phases = [re.sub(r" +[\d.]+ s$", "", line) for line in told.getvalue().splitlines() if not line.endswith("...")]
    assert phases[-2:] == ["states of own paths", "policy.onnx, written and compared"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([SHIPPED, "--onnx"], "--onnx or --out_dir is missing; expected both"),
        ([SHIPPED, "--out_dir=somewhere"], "--onnx or --out_dir is missing; expected both"),
        (["--onnx", "--out_dir=somewhere"], "got 0 SavedModels; expected one"),
        ([SHIPPED, "--onnx", "--out_dir=somewhere", "--rows=0"], "--rows=0: 0 is not a positive integer"),
    ],
)
def test_what_is_missing_or_wrong_is_told(run, monkeypatch, tmp_path, words, told):
    monkeypatch.chdir(tmp_path)
    code, _ = run(*words)
    assert told in code
    assert code.startswith("error: ")
    assert not list(tmp_path.iterdir())
