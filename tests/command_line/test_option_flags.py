"""Flags are made of the fields of options: kinds, defaults, ranges, help."""

import dataclasses
import os
from typing import Annotated, Literal

import pytest
from absl import flags
from annotated_types import Ge

from hetkeras.calibration import Calibration
from hetkeras.command_line import option_flags
from tests.apps.many_runs import new_flags


@dataclasses.dataclass(frozen=True)
class Options(Calibration):
    size: Annotated[int, Ge(1), "Of the batch."] = 3
    rate: Annotated[float | None, "Of learning."] = None
    method: Annotated[Literal["neural", "grid"], "How."] = "neural"
    fixed: Annotated[bool, "Kept."] = False
    settings: Annotated[tuple[str, ...], "Of the method."] = ()
    file: Annotated[str | None, "To read."] = None


@pytest.fixture
def parsed():
    def parse(*words):
        option_flags.define(Options)
        flags.FLAGS(["program", *words])
        return Options(**option_flags.read(Options.fields()))

    with new_flags():
        yield parse


def test_defaults_are_those_of_the_fields(parsed):
    assert parsed() == Options()


def test_values_of_every_kind_are_read(parsed):
    words = ["--size=5", "--rate=0.1", "--method=grid", "--fixed", "--settings=a=1", "--settings=b=2", "--file=x.csv"]
    assert parsed(*words) == Options(5, 0.1, "grid", True, ("a=1", "b=2"), "x.csv")


@pytest.mark.parametrize(
    "word", ["--size=0", "--size=many", "--size=1_0", "--method=neurol", "--rate=fast", "--rate=nan", "--rate=inf"]
)
def test_values_that_do_not_fit_are_refused_by_the_flag(parsed, word):
    with pytest.raises(flags.IllegalFlagValueError, match=word.partition("=")[0].strip("-")):
        parsed(word)


def test_the_home_expands_in_files(parsed):
    assert parsed("--file=~/shocks.csv").file == os.path.expanduser("~/shocks.csv")


def test_help_tells_choices_and_defaults_once(parsed):
    parsed()
    text = option_flags.help_of(Options.fields())
    assert "  --method=neural|grid\n      How. (default: neural)" in text
    assert "  --fixed\n      Kept. (default: false)" in text
    assert "  --rate=...\n      Of learning.\n" in text
    assert "  --settings=...\n      Of the method.\n" in text


def test_help_of_a_calibration_tells_ranges():
    assert "  size = 3  Of the batch. (at least 1)" in option_flags.help_of_fields(Options).splitlines()
