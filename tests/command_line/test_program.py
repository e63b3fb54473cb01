"""How programs read flags and end: what is wrong is one line, with the nearest flag."""

import errno
import os
import sys

import pytest
import tensorflow as tf
from absl import flags

from hetkeras.command_line import option_flags, program
from hetkeras.command_line.words import meant, the_only
from hetkeras.errors import CalibrationError
from tests.apps.many_runs import new_flags


@pytest.fixture
def parse():
    with new_flags():
        flags.DEFINE_integer("seed", 0, "")
        flags.DEFINE_bool("report", True, "")
        flags.DEFINE_list("only", [], "")
        flags.DEFINE_multi_string("set", [], "")
        option_flags.define_path("run_dir", None, "")
        yield lambda *words: program.parsed(["hetkeras solve", *words])


def test_flags_and_words_are_told_apart(parse):
    assert parse("investment", "--seed=3", "--set=a=1", "--set=b=2", "--run_dir=~/runs") == [
        "hetkeras solve",
        "investment",
    ]
    assert flags.FLAGS.set == ["a=1", "b=2"]
    assert flags.FLAGS.run_dir == os.path.expanduser("~/runs")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--sede=1"], "Unknown command line flag 'sede'. Did you mean: seed"),
        (["--seed=many"], "flag --seed=many: "),
        (["--seed"], "Missing value for flag --seed"),
        (["--seed=1", "--seed=2"], "--seed is given 2 times; expected once"),
        (["--report", "--noreport"], "--report is given 2 times; expected once"),
        (["--run_dir="], "--run_dir is empty; expected a value, as in --run_dir=..."),
        (["--only="], "--only is empty; expected a value"),
        (["--flagfile=/no/such/file"], "Unable to open flagfile"),
    ],
)
def test_wrong_flags_end_the_program_with_one_line(parse, words, told):
    with pytest.raises(SystemExit) as end:
        parse(*words)
    assert end.value.code.startswith("error: ")
    assert told in end.value.code
    assert end.value.code.endswith("'hetkeras solve --help' lists the flags")
    assert "\n" not in end.value.code


@pytest.mark.parametrize(
    ("words", "word", "told"),
    [
        (["--report", "false"], "false", "did you mean --report=false?"),
        (["--set", "a=1", "b=2"], "b=2", "did you mean --set=b=2?"),
        (["seed=3"], "seed=3", "did you mean --seed=3?"),
        (["repot"], "repot", "did you mean --report?"),
        (["khan_thomas"], "khan_thomas", "flags begin with --, as in --seed=1"),
    ],
)
def test_a_stray_word_is_told_with_the_nearest_flag(parse, monkeypatch, words, word, told):
    parse(*words)
    monkeypatch.setattr(sys, "argv", ["hetkeras", "solve", "investment", *words])
    assert meant(word) == f"'{word}' is one word too many; {told}"


def test_one_word_or_one_flag(parse):
    assert parse("--run_dir=~") == ["hetkeras solve"]
    assert the_only([], "run_dir", "directories", "x") == os.path.expanduser("~")
    with pytest.raises(CalibrationError, match=r"got 2 directories; expected one, as in: hetkeras report runs/x$"):
        the_only(["a"], "run_dir", "directories", "hetkeras report runs/x")
    with pytest.raises(CalibrationError, match=r"got 3 directories; .*: x; 'reprt' is one word too many; did you mean"):
        the_only(["a", "reprt"], "run_dir", "directories", "x")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "memory is not enough (none is left); choose smaller sizes"),
        (
            tf.errors.ResourceExhaustedError(None, None, "OOM when\nallocating"),
            "memory is not enough (OOM when allocating)",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "writing failed ([Errno 28] No space left on device); free"),
        (tf.errors.UnknownError(None, None, "a.index; No space left on device"), "writing failed (a.index; No space"),
        (
            PermissionError(errno.EACCES, "Permission denied", "runs"),
            "denied: 'runs'; check the path and its permissions",
        ),
        (tf.errors.PermissionDeniedError(None, None, "a; Permission denied"), "check the path and its permissions"),
        (tf.errors.UnknownError(None, None, "a; Operation not permitted"), "check the path and its permissions"),
        (tf.errors.InvalidArgumentError(None, None, "shapes"), None),
        (ValueError("Permission denied"), None),
    ],
)
def test_errors_that_a_user_can_mend_are_one_line(error, told):
    found = program.mendable(error)
    assert (found is None) == (told is None)
    assert told is None or (told in found and "\n" not in found)
