"""A run directory belongs to one run, and to one process at a time."""

import contextlib
import json
import os
import subprocess
import sys

import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.training.run_directory import RunDirectory

IDENTITY = {"model": "Toy", "calibration": {"beta": 0.9, "types": [1.0, 2.0]}, "seed": 3}
ABOUT = {"versions": {"python": "3"}, "device": "CPU"}


@pytest.fixture
def directory(tmp_path):
    directory = RunDirectory(tmp_path / "deep" / "run")
    yield directory
    directory.close()


def test_claim_writes_what_the_run_is(directory):
    directory.claim(IDENTITY, ABOUT)
    assert json.loads((directory.path / "run.json").read_text()) == {**IDENTITY, **ABOUT}


def test_places(directory):
    found = [directory.checkpoints, directory.tensorboard, directory.saved_model, directory.diagnostics]
    assert [path.name for path in found] == ["checkpoints", "tensorboard", "saved_model", "diagnostics.json"]
    assert {path.parent for path in found} == {directory.path}


def test_resume_leaves_the_record_of_the_first_leg(directory):
    """A tuple is the list that it becomes in JSON; what is only recorded may differ."""
    directory.claim(IDENTITY, ABOUT)
    before = (directory.path / "run.json").read_bytes()
    same = {**IDENTITY, "calibration": {"beta": 0.9, "types": (1.0, 2.0)}}
    directory.claim(same, {"device": "GPU"})
    assert (directory.path / "run.json").read_bytes() == before


def test_another_run_is_refused_with_every_difference(directory):
    directory.claim(IDENTITY, ABOUT)
    (directory.path / "training.csv").touch()
    before = (directory.path / "run.json").read_bytes()
    other = {"model": "Toy", "calibration": {"beta": 0.95, "types": [1.0]}, "seed": 4, "precision": "float64"}
    with pytest.raises(RunDirectoryError) as caught:
        directory.claim(other, ABOUT)
    assert str(caught.value) == (
        f"{directory.path} belongs to another run; use another --run_dir, or delete it. What differs:\n"
        "  - calibration.beta: 0.9 there, 0.95 now\n"
        "  - calibration.types: [1.0, 2.0] there, [1.0] now\n"
        "  - seed: 3 there, 4 now\n"
        "  - precision: None there, 'float64' now"
    )
    assert (directory.path / "run.json").read_bytes() == before


def test_a_group_that_is_no_group_there_is_a_difference(directory):
    directory.claim({"calibration": 1}, {})
    directory.diagnostics.touch()
    with pytest.raises(RunDirectoryError, match=r"calibration: 1 there, \{'beta': 0.9\} now"):
        directory.claim({"calibration": {"beta": 0.9}}, {})


def test_a_setting_that_is_gone_is_a_difference(directory):
    directory.claim(IDENTITY, ABOUT)
    directory.checkpoints.mkdir()
    (directory.checkpoints / "ckpt-1.index").touch()
    fewer = {**IDENTITY, "calibration": {"beta": 0.9}}
    with pytest.raises(RunDirectoryError, match=r"differs: calibration\.types: \[1\.0, 2\.0\] there, None now$"):
        directory.claim(fewer, {})


def test_a_run_that_trained_nothing_is_replaced(directory):
    directory.claim(IDENTITY, ABOUT)
    directory.checkpoints.mkdir()
    directory.tensorboard.mkdir()
    (events := directory.tensorboard / "events.out.tfevents.1.host.2.0.v2").touch()
    directory.claim(IDENTITY, ABOUT)
    assert events.exists()
    directory.claim({**IDENTITY, "seed": 4}, ABOUT)
    assert not events.exists()
    (directory.path / "cases").mkdir()
    (directory.path / "cases" / "row.json").touch()
    with pytest.raises(RunDirectoryError, match="seed: 4 there, 5 now"):
        directory.claim({**IDENTITY, "seed": 5}, ABOUT)
    assert json.loads((directory.path / "run.json").read_text()) == {**IDENTITY, "seed": 4, **ABOUT}


@pytest.mark.parametrize("content", [b"", b'{"model": "To', b"[1, 2]", b"null", b"\xff\xfe", b'{"seed": NaN}'])
def test_damaged_record(directory, content):
    (directory.path / "run.json").write_bytes(content)
    with pytest.raises(RunDirectoryError, match=r"run\.json is damaged \(.*\); delete .* and start again"):
        directory.claim(IDENTITY, ABOUT)


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunDirectoryError, match=r"cannot be written \(.+\); choose another with --run_dir"):
            RunDirectory(path)


def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / ".lock")
    os.mkfifo(tmp_path / "run.json")
    with (
        contextlib.closing(RunDirectory(tmp_path)) as run,
        pytest.raises(RunDirectoryError, match="a pipe or a device"),
    ):
        run.claim(IDENTITY, ABOUT)


@pytest.mark.parametrize("name", ["checkpoints", "tensorboard"])
def test_folders_are_tried_before_work_begins(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(
        RunDirectoryError, match=rf"cannot be written \(Not a directory: .*/{name}/.+\); choose another"
    ):
        RunDirectory(tmp_path)


def test_a_full_disk_is_told(directory, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(
        RunDirectoryError, match=r"^writing failed: .*run\.json \(.*No space left on device\); free some"
    ):
        directory.claim(IDENTITY, ABOUT)


def test_what_a_killed_writer_left_is_removed(tmp_path):
    (tmp_path / f".run.json.{10**30}.unfinished").touch()
    RunDirectory(tmp_path).close()
    assert [entry.name for entry in tmp_path.iterdir()] == [".lock"]


def test_a_solution_whose_checkpoints_are_gone_is_not_solved_again(directory):
    directory.claim(IDENTITY, ABOUT)
    directory.saved_model.mkdir()
    directory.checkpoints.mkdir()
    with pytest.raises(RunDirectoryError, match="holds saved_model but no checkpoints any more; solving again would"):
        directory.claim(IDENTITY, ABOUT)
    (directory.checkpoints / "ckpt-1.index").touch()
    directory.claim(IDENTITY, ABOUT)


def test_a_solution_without_a_run_file_is_not_claimed(directory):
    directory.diagnostics.touch()
    with pytest.raises(RunDirectoryError, match=r"holds diagnostics\.json but no run\.json that says whose"):
        directory.claim(IDENTITY, ABOUT)


def test_a_second_user_is_kept_out_until_the_first_has_closed(directory):
    with pytest.raises(RunDirectoryError, match="in use by another process"):
        RunDirectory(directory.path)
    directory.close()
    RunDirectory(directory.path).close()


def test_another_process_is_kept_out_and_a_dead_one_lets_go(tmp_path):
    hold = (
        "import sys; from hetkeras.training.run_directory import RunDirectory\n"
        "held = RunDirectory(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RunDirectoryError, match="in use by another process; wait for it"):
            RunDirectory(tmp_path)
        process.kill()
    RunDirectory(tmp_path).close()


def test_checkpoints_without_a_run_file_are_not_claimed(tmp_path):
    run = RunDirectory(tmp_path)
    run.checkpoints.mkdir()
    (run.checkpoints / "ckpt-1.index").touch()
    with pytest.raises(RunDirectoryError, match=r"no run\.json that says whose"):
        run.claim({"seed": 0}, {})
    assert not (tmp_path / "run.json").exists()


@pytest.mark.parametrize("name", ["runs[1]", "a\\b"])
def test_a_path_that_tensorflow_would_not_find_again_is_refused(tmp_path, name):
    with pytest.raises(RunDirectoryError, match="which TensorFlow reads as a pattern"):
        RunDirectory(tmp_path / name)
    assert not (tmp_path / name).exists()
