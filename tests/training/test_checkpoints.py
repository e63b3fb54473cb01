"""Checkpoints: whole or not at all, found by their files, and never started anew without a word."""

import os
import shutil

import pytest
import tensorflow as tf

from hetkeras.errors import RunDirectoryError
from hetkeras.training import checkpoints
from hetkeras.training.checkpoints import Checkpoints


class Killed(BaseException):
    """Ends a save as a kill does: nothing after it runs."""


def make(folder, value=0.0):
    """Checkpoints of one number, and the number."""
    number = tf.Variable(value)
    return Checkpoints(folder, tf.train.Checkpoint(number=number, table=tf.Variable(tf.range(50.0)))), number


@pytest.fixture
def folder(tmp_path):
    """A run's folder with checkpoints of the steps 10, 20 and 30, of which two are kept."""
    kept, number = make(tmp_path / "checkpoints")
    for step in (10, 20, 30):
        number.assign(step)
        kept.save(step)
    return kept.folder


def resumed(folder):
    kept, number = make(folder, -1.0)
    kept.restore()
    return float(number)


def listed(folder):
    return sorted(entry.name for entry in folder.iterdir())


WHOLE = ["checkpoint", *(f"ckpt-{step}.{part}" for step in (20, 30) for part in ("data-00000-of-00001", "index"))]


def test_the_last_two_are_kept_and_found_by_tensorflow_too(folder):
    assert listed(folder) == WHOLE
    assert resumed(folder) == 30
    assert tf.train.latest_checkpoint(str(folder)) == str(folder / "ckpt-30")
    assert tf.train.get_checkpoint_state(str(folder)).all_model_checkpoint_paths == [
        str(folder / "ckpt-20"),
        str(folder / "ckpt-30"),
    ]


def test_without_any_a_run_starts(tmp_path):
    kept, number = make(tmp_path / "none", 3.0)
    kept.restore()
    assert (kept.latest, float(number)) == (None, 3.0)


def test_those_of_tensorflows_manager_are_restored(tmp_path):
    state = tf.train.Checkpoint(number=tf.Variable(7.0), table=tf.Variable(tf.range(50.0)))
    tf.train.CheckpointManager(state, str(tmp_path), max_to_keep=2).save(40)
    assert resumed(tmp_path) == 7


@pytest.mark.parametrize(
    "content", [None, b"", b"garbage \xff\xfe\n" * 9, b'model_checkpoint_path: "ckpt-10"', "folder"]
)
def test_the_list_for_other_programs_may_be_lost_or_garbled(folder, content, capsys):
    known = folder / "checkpoint"
    known.unlink()
    if content == "folder":
        known.mkdir()
    elif content is not None:
        known.write_bytes(content)
    kept, number = make(folder)
    kept.restore()
    assert float(number) == 30
    kept.save(31)
    assert resumed(folder) == 30
    assert tf.train.latest_checkpoint(str(folder)) == str(folder / "ckpt-31")
    assert "damaged" not in capsys.readouterr().err


def cut(file):
    file.write_bytes(file.read_bytes()[:30])


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def pipe(file):
    file.unlink()
    os.mkfifo(file)


def fold(file):
    file.unlink()
    file.mkdir()


DAMAGES = (cut, flip, pipe, fold, lambda file: file.write_bytes(b""), lambda file: file.unlink())


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("part", ["index", "data-00000-of-00001"])
def test_the_second_serves_where_the_newest_is_damaged_and_that_is_said(folder, damage, part, capsys):
    damage(folder / f"ckpt-30.{part}")
    kept, number = make(folder)
    kept.restore()
    assert float(number) == 20
    told = capsys.readouterr().err
    assert f"checkpoint {folder}/ckpt-30 is damaged (" in told
    assert f"; resumed from {folder}/ckpt-20\n" in told
    kept.save(25)
    assert listed(folder) == [name.replace("30", "25") for name in WHOLE]


def test_two_that_are_damaged_are_refused_and_stay(folder):
    for step in (20, 30):
        cut(folder / f"ckpt-{step}.index")
    with pytest.raises(
        RunDirectoryError, match=r"ckpt-30 cannot be restored \(.+\)\. Start again with another --run_dir"
    ):
        resumed(folder)
    assert listed(folder) == WHOLE


def test_checkpoints_that_are_gone_are_missed(folder):
    for entry in folder.glob("ckpt-*"):
        entry.unlink()
    with pytest.raises(RunDirectoryError, match="ckpt-30 cannot be restored"):
        resumed(folder)
    (folder / "checkpoint").write_bytes(b"garbage")
    with pytest.raises(RunDirectoryError, match=r"had checkpoints, of which none is left\. Start again"):
        resumed(folder)


def test_a_folder_that_is_none_is_refused(tmp_path):
    (tmp_path / "checkpoints").write_text("")
    with pytest.raises(RunDirectoryError, match=r"checkpoints cannot be used .*Not a directory"):
        resumed(tmp_path / "checkpoints")


def test_a_file_that_may_not_be_read_is_no_damage(folder, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(checkpoints, "check_regular", refuse)
    with pytest.raises(RunDirectoryError, match=r"cannot be used \(.*Permission denied.*\); give permission"):
        resumed(folder)


# --- kills and full disks inside a save ------------------------------------------------------------------------
STAGES = [("fsync", 0), ("replace", 0), ("fsync", 1), ("replace", 1), ("replace", 2), ("rmdir", 0), ("unlink", 2)]


def fails(monkeypatch, call, after, error):
    """Makes the call of the operating system after so many fail, once."""
    real, count = getattr(os, call), iter(range(100))

    def failing(*args, **kwargs):
        if next(count) == after:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(os, call, failing)


@pytest.mark.parametrize(("call", "after"), STAGES)
def test_a_kill_in_a_save_leaves_an_older_or_the_new_one(folder, monkeypatch, call, after, capsys):
    kept, number = make(folder)
    kept.restore()
    number.assign(40)
    with monkeypatch.context() as patch:
        fails(patch, call, after, Killed())
        with pytest.raises(Killed):
            kept.save(40)
    assert resumed(folder) in (30, 40)
    assert "damaged" not in capsys.readouterr().err
    assert not [name for name in listed(folder) if "saving" in name or "temp" in name]


@pytest.mark.parametrize(("call", "after"), STAGES[:-1])
def test_a_kill_in_the_first_save_starts_anew_or_has_saved(tmp_path, monkeypatch, call, after):
    kept, _ = make(tmp_path / "checkpoints", 10.0)
    with monkeypatch.context() as patch:
        fails(patch, call, after, Killed())
        with pytest.raises(Killed):
            kept.save(10)
    assert resumed(tmp_path / "checkpoints") in (-1, 10)


def test_what_kills_left_goes_and_files_of_others_stay(folder):
    (folder / "ckpt-40_temp").mkdir()
    for part in ("data-00000-of-00001", "index"):  # a kill before the oldest of three goes
        shutil.copy(folder / f"ckpt-20.{part}", folder / f"ckpt-10.{part}")
    (folder / "saving").mkdir()
    for name in ("ckpt-50.data-00000-of-00001", "checkpoint.tmp0a1b", "saving/ckpt-40.index", "notes.txt"):
        (folder / name).touch()
    assert resumed(folder) == 30
    assert listed(folder) == [*WHOLE, "notes.txt"]


def test_a_full_disk_is_told_and_loses_nothing(folder, monkeypatch):
    kept, _ = make(folder)
    kept.restore()
    for error in (OSError(28, "No space left on device"), tf.errors.PermissionDeniedError(None, None, "EACCES\nmore")):
        with monkeypatch.context() as patch:
            fails(patch, "fsync", 0, error)
            with pytest.raises(RunDirectoryError, match=r"^writing failed: .*ckpt-40 \(.+\); free"):
                kept.save(40)
    assert kept.latest == str(folder / "ckpt-30")
    assert resumed(folder) == 30
