"""What a program says of its phases on standard error."""

import io
import re
import sys
import time

import pytest

from hetkeras.training import phases
from hetkeras.training.phases import Phases


def test_each_phase_is_a_line_with_its_seconds_after_that_of_the_start(capsys):
    phase = Phases()
    for title in ("export", "diagnosis"):
        with phase(title):
            pass
    phase.finish()
    out, err = capsys.readouterr()
    assert out == ""
    assert [re.sub(r" +\d+\.\d s$", "", line) for line in err.splitlines()] == [
        "start",
        "export",
        "diagnosis",
        "all of it",
    ]


def test_a_phase_that_fails_is_not_told_as_done(capsys):
    phase = Phases()
    with pytest.raises(ValueError, match="broken"), phase("export"):
        raise ValueError("broken")
    assert "export" not in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_phase_that_lasts_counts_its_seconds_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(phases, "TICK", 0.0)
    with Phases()("diagnosis"):
        while "..." not in terminal.getvalue():
            pass
    shown = terminal.getvalue().split("\r")
    assert re.fullmatch(r"diagnosis +0 s \.\.\.\033\[K", shown[1])
    assert re.fullmatch(r"\033\[Kdiagnosis +\d+\.\d s\n", shown[-1])  # the counting is wiped


def test_one_that_shows_its_own_progress_is_not_disturbed(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(phases, "TICK", 0.0)
    with Phases()("train", ticking=False):
        print("bar", file=terminal)
    assert "..." not in terminal.getvalue()


def test_the_start_counts_from_when_the_process_was_started(monkeypatch):
    age = phases.process_age()
    assert 0 < age <= phases.process_age()
    assert age > time.monotonic() - phases.IMPORTED  # imports came before

    def no_such_file(*_, **__):
        raise OSError("no such file")

    monkeypatch.setattr(phases.Path, "read_text", no_such_file)
    monkeypatch.setattr(phases, "IMPORTED", time.monotonic() - 5)
    assert 5 <= phases.process_age() < age + 5


def test_how_far_a_phase_has_come_is_shown_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(phases, "TICK", 0.0)
    with Phases()("solving") as told:
        told("round 3")
        while "s ... round 3" not in terminal.getvalue():
            pass


def test_a_file_is_told_of_a_phase_when_it_lasts(monkeypatch, capsys):
    monkeypatch.setattr(phases, "LONG", 0.0)
    phase, err = Phases(), ""
    with phase("diagnosis"):
        while "..." not in err:
            err += capsys.readouterr().err
    assert err.splitlines()[1:] == ["diagnosis ..."]
    phase.say("rules settled")
    assert capsys.readouterr().err.endswith("rules settled\n")
