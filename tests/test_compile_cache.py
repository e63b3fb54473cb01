"""The compile cache: where it lies, when it does without, and that nothing in it can end a program."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hetkeras import compile_cache
from hetkeras.command_line import device
from tests.forked import Forked

ROOT = Path(__file__).parents[1]
ENTRY = b"\x0a\x03key" + b"\x12\x80\x01" + b"x" * 128  # two fields of a protocol buffer that name their lengths


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """As in a fresh process whose cache is in a folder of the test's own."""
    monkeypatch.setattr(compile_cache, "_used", [])
    monkeypatch.setenv(compile_cache.FLAGS, "")
    monkeypatch.setenv(compile_cache.SWITCH, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def entry(folder, name="1", content=ENTRY):
    path = folder / f"xla_compile_cache__{name}__XLA_CPU_JIT.pb"
    path.write_bytes(content)
    return path


# --- where it lies -------------------------------------------------------------------------------------------
def test_tensorflow_is_told_of_a_folder_in_the_users_cache(tmp_path):
    folder = compile_cache.start()
    assert folder.parent == tmp_path / "hetkeras" / "xla"
    assert f"--tf_xla_persistent_cache_directory={folder}" in os.environ[compile_cache.FLAGS]


def test_other_flags_of_xla_stay(monkeypatch):
    monkeypatch.setenv(compile_cache.FLAGS, "--tf_xla_clustering_debug")
    compile_cache.start()
    assert os.environ[compile_cache.FLAGS].startswith("--tf_xla_clustering_debug --tf_xla_persistent")


@pytest.mark.parametrize("what", ["XLA_FLAGS", "TF_XLA_FLAGS", "TF_NUM_INTRAOP_THREADS", "version", "processor"])
def test_what_changes_a_program_changes_the_folder(monkeypatch, what):
    """None of these is in TensorFlow's own key: entries of another would be taken for this one's."""
    before = compile_cache._fingerprint()
    if what == "version":
        monkeypatch.setattr(compile_cache, "version", lambda package: "2.99.0")
    elif what == "processor":
        monkeypatch.setattr(compile_cache, "_processor", lambda: ["flags: sse2"])
    else:
        monkeypatch.setenv(what, "7")
    assert compile_cache._fingerprint() != before


def test_without_a_home_the_users_entry_in_the_system_counts(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", lambda number: type("Entry", (), {"pw_dir": str(tmp_path / "home")}))
    assert compile_cache.start().is_relative_to(tmp_path / "home" / ".cache")


# --- when it does without ------------------------------------------------------------------------------------
def no_home(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home directory")))


def no_permission(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/no/such")


def a_file_in_its_place(monkeypatch, tmp_path):
    (tmp_path / "hetkeras").write_text("")


def a_full_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**12, 10**12, 0))


def a_disk_that_takes_nothing(monkeypatch, tmp_path):
    def refuse(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)


def switched_off(monkeypatch, tmp_path):
    monkeypatch.setenv(compile_cache.SWITCH, "off")


def another_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(compile_cache.FLAGS, "--tf_xla_persistent_cache_directory=/mine")


@pytest.mark.parametrize(
    "case",
    [no_home, no_permission, a_file_in_its_place, a_full_disk, a_disk_that_takes_nothing, switched_off, another_cache],
)
def test_where_there_is_no_safe_place_there_is_no_cache(monkeypatch, tmp_path, case):
    case(monkeypatch, tmp_path)
    before = os.environ[compile_cache.FLAGS]
    assert compile_cache.start() is None
    assert os.environ[compile_cache.FLAGS] == before


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ([], True),
        (["--nocompile_cache"], False),
        (["--run_dir=a", "--compile_cache=false"], False),
        (["--seed=1"], True),
    ],
)
def test_the_flag_counts_before_flags_are_parsed(monkeypatch, flags, wanted):
    monkeypatch.setattr(sys, "argv", ["solve", *flags])
    found = device._early()["compile_cache"].value
    assert found is wanted
    if not wanted:
        assert compile_cache.start(found) is None


def test_a_wrong_flag_is_left_to_those_who_parse_all(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["solve", "--compile_cache=maybe"])
    assert device._early()["compile_cache"].value is True


# --- what is in it -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kept", [0, 1, 4, 6, 20, len(ENTRY) - 1])
def test_half_an_entry_is_dropped_and_a_whole_one_stays(kept):
    folder = compile_cache.start()
    half, whole = entry(folder, "half", ENTRY[:kept]), entry(folder, "whole")
    compile_cache._used.clear()
    os.environ[compile_cache.FLAGS] = ""
    assert compile_cache.start() == folder
    assert (half.exists(), whole.exists()) == (False, True)


@pytest.mark.parametrize("content", [b"\0" * 64, b"no protocol buffer at all", ENTRY + b"\0\0"])
def test_what_is_no_entry_is_dropped(content):
    folder = compile_cache.start()
    wrong = entry(folder, content=content)
    compile_cache._drop_broken(folder)
    assert not wrong.exists()


def test_an_entry_that_is_being_written_is_left_alone():
    folder = compile_cache.start()
    half = folder / "xla_compile_cache__1__XLA_CPU_JIT.pb123.tmp"
    half.write_bytes(ENTRY[:20])
    compile_cache._drop_broken(folder)
    assert half.exists()


def test_the_entries_that_were_written_first_go_when_there_are_too_many(monkeypatch):
    folder = compile_cache.start()
    other = folder.with_name("of_another_version")
    other.mkdir()
    entries = [entry(folder if number % 2 else other, str(number)) for number in range(6)]
    for age, each in enumerate(entries):
        os.utime(each, (10**9 - age, 10**9 - age))
    monkeypatch.setattr(compile_cache, "LARGEST", 3 * len(ENTRY))
    compile_cache._drop_oldest(folder)
    assert [each.exists() for each in entries] == [True] * 3 + [False] * 3


# --- when it fails -------------------------------------------------------------------------------------------
def error_of(module, text="Read less bytes than requested"):
    return type("OutOfRangeError", (Exception,), {"__module__": module})(text)


TENSORFLOW = "tensorflow.python.framework.errors_impl"


@pytest.mark.parametrize("kind", ["broken entry", "named", "not writable"])
def test_it_is_to_blame_for_what_comes_from_it(monkeypatch, kind):
    folder = compile_cache.start()
    entry(folder, content=ENTRY[:50] if kind == "broken entry" else ENTRY)
    if kind == "not writable":
        shutil.rmtree(folder)
    text = f"{folder}/1.pb; No such file or directory" if kind == "named" else "Read less bytes than requested"
    assert compile_cache.is_to_blame(error_of(TENSORFLOW, text))


def test_it_is_not_to_blame_for_anything_else():
    assert not compile_cache.is_to_blame(error_of(TENSORFLOW))  # not in use
    folder = compile_cache.start()
    entry(folder)
    assert not compile_cache.is_to_blame(error_of(TENSORFLOW))
    entry(folder, content=ENTRY[:50])
    assert not compile_cache.is_to_blame(error_of("hetkeras.errors"))


PROGRAM = f"""
import sys
from hetkeras.command_line.program import run_app
from hetkeras import compile_cache

def main(argv):
    folder = compile_cache.start()
    print("cache" if folder else "no cache", argv[1:], flush=True)
    if folder:
        (folder / "xla_compile_cache__1__XLA_CPU_JIT.pb").write_bytes(b"half")
        raise type("OutOfRangeError", (Exception,), {{"__module__": "{TENSORFLOW}"}})("Read less bytes than requested")

run_app(main)
"""


def test_a_program_starts_again_without_a_cache_that_fails(tmp_path):
    """With the same arguments; a solve then goes on from its last checkpoint."""
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, str(tmp_path / "program.py"), "one", "two"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["cache ['one', 'two']", "no cache ['one', 'two']"])
    assert "could not be used and is deleted; starting again without it" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "hetkeras" / "xla").iterdir())


COMPILES = """
import hetkeras.command_line.device
import tensorflow as tf
from hetkeras.compiling import compiled

@compiled
def step(x):
    return tf.while_loop(lambda t, x: t < 5, lambda t, x: (t + 1, tf.tanh(x @ x)), (tf.constant(0), x))[1]

print(float(tf.reduce_sum(step(tf.linspace([0.1] * 7, [0.4] * 7, 7)))).hex())
"""


def test_processes_share_it_from_the_first_moment_on(tmp_path):
    """Two at once on an empty folder; one that loads what they made; one that finds half of it and compiles anew."""

    def begin():
        return Forked(["-c", COMPILES], ROOT)

    told = [each.communicate() for each in [begin(), begin()]]
    (folder,) = (tmp_path / "hetkeras" / "xla").iterdir()
    (made,) = folder.glob("*.pb")  # one program, one entry, however many compiled it
    whole, written = made.stat().st_size, made.stat().st_mtime_ns
    assert compile_cache._whole(made)
    told.append(begin().communicate())
    assert made.stat().st_mtime_ns == written  # it was read
    made.write_bytes(made.read_bytes()[: whole // 2])
    told.append(begin().communicate())
    assert made.stat().st_size == whole
    assert {err for _, err in told} == {""}
    assert len({out for out, _ in told}) == 1
    assert told[0][0].startswith("0x1.")
