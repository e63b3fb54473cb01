"""The campaign of faults: what counts as survived, and what of an earlier campaign is kept."""

import csv
import types

import pytest

from hetkeras.errors import CalibrationError
from tools.faults import __main__ as campaign
from tools.faults.bad_lines import wrong
from tools.faults.case import Case
from tools.faults.nursery import LATE, Ended


def fails(folder):
    raise RuntimeError("unforeseen")


CASES = [
    Case("disks", "full", "it is told", lambda folder: None),
    Case("disks", "slow", "it is told", lambda folder: f"{sorted(folder.iterdir())} is all there is"),
    Case("kills", "at once", "it resumes", fails),
]


def test_what_is_not_survived_is_told_and_counted(capsys):
    assert campaign.counts("machine", CASES) == [("machine", "disks", 2, 1), ("machine", "kills", 1, 0)]
    told = capsys.readouterr().out
    assert "machine, disks: slow\n  expected: it is told\n  happened: [] is all there is" in told
    assert "RuntimeError: unforeseen" in told
    assert "full" not in told


def test_parts_that_are_not_tried_keep_their_counts(tmp_path, monkeypatch):
    path = tmp_path / "faults.csv"
    path.write_text("part,group,tried,survived\nbad_lines,solve,3,3\nmachine,kills,9,9\ngone,gone,1,1\n")
    monkeypatch.setattr(campaign, "PARTS", ("bad_lines", "machine"))
    part = types.SimpleNamespace(cases=lambda: CASES[:1])
    monkeypatch.setattr(campaign.importlib, "import_module", {"tools.faults.machine": part}.__getitem__)
    assert campaign.try_parts(["machine"], path)
    with path.open() as stream:
        assert [*csv.reader(stream)][1:] == [["bad_lines", "solve", "3", "3"], ["machine", "disks", "1", "1"]]


def test_a_part_that_is_none_is_refused():
    with pytest.raises(CalibrationError, match="'bad_line' is no part of the campaign; expected some of bad_lines"):
        campaign.main(["faults", "bad_line"])


@pytest.mark.parametrize(
    ("ended", "written", "told"),
    [
        (Ended(1, "", "error: width is 0\n"), [], None),
        (Ended(1, "", "error: width is 0\n"), ["runs"], "left behind: runs"),
        (Ended(1, "", "error: width is 0\nerror: and more\n"), [], "not one line"),
        (Ended(1, "training\n", "error: width is 0\n"), [], "not one line"),
        (Ended(0, "", "error: width is 0\n"), [], "exit status 0"),
        (Ended(-6, "", "Aborted\n"), [], "exit status -6"),
        (Ended(1, "", "Traceback (most recent call last)\n"), [], "Traceback"),
        (Ended(LATE, "", ""), [], "too long"),
    ],
)
def test_what_a_bad_line_must_come_to(ended, written, told):
    found = wrong(ended, written)
    assert found is None if told is None else told in found
