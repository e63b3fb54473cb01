"""Files are replaced whole or not at all."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from hetkeras import files
from hetkeras.errors import RunDirectoryError
from hetkeras.files import (
    check_regular,
    exchange,
    pattern_problem,
    read_json,
    refuse_unwritable,
    remove,
    remove_unfinished,
    write_json,
    write_text,
)


def test_write_and_replace(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "one\n")
    write_text(path, "zwölf\n")
    assert path.read_bytes() == "zwölf\n".encode()
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_reader_keeps_the_old_file(tmp_path):
    """The new text is another file that takes the name, so a reader in the middle of the old one is not disturbed."""
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with path.open() as reader:
        write_text(path, "new, and longer")
        assert reader.read() == "old"
    assert path.read_text() == "new, and longer"


@pytest.mark.parametrize("call", ["replace", "fsync"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch, call, error):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def interrupted(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, call, interrupted)
        with pytest.raises(error):
            write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_the_text_is_on_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    order = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (order.append(name), real(*args)))
    write_text(tmp_path / "a.txt", "text")
    assert order == ["fsync", "replace"]


def test_write_json(tmp_path):
    path, value = tmp_path / "a.json", {"a": [1, 2.5, None, True], "b": {"c": 0.1 + 0.2}}
    write_json(path, value)
    assert json.loads(path.read_text()) == value
    assert path.read_text().endswith("}\n")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), object()])
def test_what_json_cannot_hold_leaves_the_old_file(tmp_path, value):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises((ValueError, TypeError)):
        write_json(path, {"a": value})
    assert json.loads(path.read_text()) == {"a": 1}
    assert os.listdir(tmp_path) == ["a.json"]


def test_read_json_takes_finite_json_of_a_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": [1, 2.5, None, True]})
    assert read_json(path) == {"a": [1, 2.5, None, True]}
    for text in ("{", '{"a": NaN}', '{"a": 1e999}', "[" * 200_000):
        path.write_text(text)
        with pytest.raises(ValueError):
            read_json(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError):
        read_json(path)


def test_what_is_no_file_or_too_large_is_refused_unread(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_text("12345")
    for name, told in (("pipe", "a pipe or a device"), (".", "Is a directory"), ("none", "No such file")):
        with pytest.raises(OSError, match=told):
            check_regular(tmp_path / name)
    check_regular(tmp_path / "large", 5)
    with pytest.raises(OSError, match="it has 5 bytes; expected at most 4"):
        check_regular(tmp_path / "large", 4)


def test_names_are_exchanged_in_one_step_or_not_at_all(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    try:
        exchange(tmp_path / "a", tmp_path / "b")
    except OSError as error:
        pytest.skip(f"names cannot be exchanged here ({error})")
    assert (tmp_path / "a" / "b").exists()
    assert (tmp_path / "b" / "a").exists()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "a", tmp_path / "c")


def test_a_system_that_cannot_exchange_names_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(files.ctypes, "CDLL", lambda *_, **__: object())
    with pytest.raises(OSError, match="not implemented"):
        exchange(tmp_path, tmp_path)


def test_remove_takes_files_folders_and_links_alone(tmp_path):
    (tmp_path / "folder" / "in").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "file").touch()
    for name in ("folder", "link", "file", "nothing"):
        remove(tmp_path / name)
    assert os.listdir(tmp_path) == ["kept"]


def test_what_killed_writers_left_is_removed(tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    kept = [".a.json.1.unfinished", f".b.json.{os.getpid()}.unfinished", ".notes.2024", "a.json"]
    for name in (f".a.json.{dead.pid}.unfinished", f".a.json.{10**30}.unfinished", *kept):
        (tmp_path / name).touch()
    remove_unfinished(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(kept)


@pytest.mark.parametrize(
    ("place", "told"), [("none/a.json", "No such file"), ("", "Is a directory"), ("file/a", "Not a")]
)
def test_what_could_not_be_written_is_refused_before_the_work(tmp_path, place, told):
    (tmp_path / "file").touch()
    with pytest.raises(
        RunDirectoryError, match=f"cannot be written \\({told}.*; choose a file in a folder that is there"
    ):
        refuse_unwritable(tmp_path / place)
    refuse_unwritable(tmp_path / "file")
    refuse_unwritable(tmp_path / "new.json")
    assert {path.name for path in tmp_path.iterdir()} == {"file"}


@pytest.mark.parametrize("name", ["runs[1]", "a\\b"])
def test_a_path_that_tensorflow_reads_as_a_pattern_is_told(name):
    assert pattern_problem(Path(name)).startswith(f"{name} has a ")


@pytest.mark.parametrize("name", ["runs 1", "a*b", "c?d", "q]", "~", "zwölf"])
def test_other_paths_are_left_alone(name):
    assert pattern_problem(Path(name)) is None
