"""The progress bar."""

import pytest

from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.trainer import Progress


def test_writes_to_standard_error_and_closes(capsys):
    bar = ProgressBar("quick solve")
    bar(Progress(20, 60, {"loss": 3.21e-4}, 1.0, False))
    out, started = capsys.readouterr()
    assert out == ""
    assert "quick solve" in started
    assert not started.endswith("\n")
    bar(Progress(40, 60, {"loss": 2.0e-5}, 2.0, False))
    bar(Progress(60, 60, {"loss": 1.0e-6}, 3.0, True))
    out, finished = capsys.readouterr()
    assert out == ""
    last = finished.rstrip("\n").split("\r")[-1]
    assert "100%" in last
    assert "60/60" in last
    assert "loss=1.0e-06" in last
    assert finished.endswith("\n")


def test_a_resumed_run_starts_where_it_left_off(capsys):
    """Else steps of an earlier leg would count as done in no time, and the speed would be fantastic."""
    bar = ProgressBar("resumed")
    bar(Progress(7300, 10_000, {"loss": 1.0}, 1.0, False))
    first = capsys.readouterr().err.strip("\r").split("\r")[0]
    assert first.startswith("resumed:  73%")
    bar(Progress(10_000, 10_000, {"loss": 1.0}, 2.0, True))


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 0.0])
def test_odd_losses_do_not_break_it(loss, capsys):
    ProgressBar("odd")(Progress(5, 5, {"loss": loss}, 1.0, True))
    assert f"loss={loss:.1e}" in capsys.readouterr().err


def test_a_run_that_needs_fewer_steps_ends_with_a_full_bar(capsys):
    bar = ProgressBar("settled")
    bar(Progress(20, 60, {"loss": 1.0}, 1.0, False))
    bar(Progress(40, 60, {"loss": 1.0}, 2.0, True))
    last = capsys.readouterr().err.rstrip("\n").split("\r")[-1]
    assert "100%" in last
    assert "40/40" in last
