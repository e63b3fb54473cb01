"""A small selection of the campaign on storage, and what counts as survived there; `make faults` tries hundreds."""

import os
import tempfile
from pathlib import Path

import pytest

from hetkeras.errors import RunDirectoryError
from tools.faults import damage, forks, programs, saved_models
from tools.faults.kills import killed_when_finished, undisturbed
from tools.faults.nursery import LATE, Ended


def test_a_finished_run_that_is_killed_in_its_export_ends_as_if_nothing_had_happened(tmp_path):
    whole, folder = undisturbed(tmp_path / "whole"), tmp_path / "killed"
    assert killed_when_finished(whole, 12, True, folder) is None


# --- what counts as survived -----------------------------------------------------------------------------------
def refused():
    raise RunDirectoryError("one\nand two")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (forks.Outcome(value="a"), None),
        (forks.Outcome(value="b"), "another value came out: b"),
        (forks.Outcome(refused="run.json is damaged"), None),
        (forks.tried(refused), "it is refused in several lines"),
        (forks.tried(os.stat, "/nowhere"), "No such file or directory"),
        (forks.tried(exit, 3), "SystemExit: 3"),
        (forks.Outcome(broken="it died with status -6", printed="Aborted"), "it printed Aborted"),
    ],
)
def test_only_the_right_value_or_one_line_is_survived(found, told):
    wrong = forks.problem(found, "a")
    assert wrong is None if told is None else told in wrong


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        (Ended(0, "as before", ""), None),
        (Ended(1, "", "error: run.json is damaged\n"), None),
        (Ended(0, "another", ""), "another"),
        (Ended(1, "", "Traceback\nKeyError\n"), "KeyError"),
        (Ended(LATE, "", ""), "it waits for ever"),
    ],
)
def test_a_program_survives_in_one_line_or_unmoved(ended, told):
    wrong = programs.wrong(ended, Ended(0, "as before", ""))
    assert wrong is None if told is None else told in wrong


def test_every_damage_changes_what_is_there():
    for kind in (damage.OF_FILES, damage.OF_FOLDERS):
        for harm in kind.values():
            with tempfile.TemporaryDirectory() as folder:
                victim = Path(folder) / "victim"
                if kind is damage.OF_FILES:
                    victim.write_bytes(b"0123456789")
                else:
                    victim.mkdir()
                harm(victim)
                assert not victim.is_file() or victim.stat().st_size > 300 << 19 or victim.read_bytes() != b"0123456789"
                assert not victim.is_dir() or kind is damage.OF_FILES


def test_each_place_of_metadata_is_found():
    metadata = {"format": 1, "axes": {"B": "paths", "N": "agents"}, "units": {"x": "one"}, "metadata_sha256": "0"}
    assert [*saved_models.places(metadata)] == [("format",), ("axes",), ("axes", "B"), ("units",), ("units", "x")]
