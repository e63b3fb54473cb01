"""Models in files of their own: found by name, refused in one line, remembered with their text."""

import sys

import pytest
import tensorflow as tf

from hetkeras import model_file
from hetkeras.command_line import program
from hetkeras.errors import ModelFileError
from hetkeras.models.investment import Investment

GOOD = """
import dataclasses
from hetkeras.calibration import Calibration


@dataclasses.dataclass(frozen=True)
class Toy(Calibration):
    share: float = 0.3
"""
LACKING = """
import dataclasses
from hetkeras.contracts.symmetric_economy import SymmetricEconomy


@dataclasses.dataclass(frozen=True)
class Half(SymmetricEconomy):
    share: float = 0.3
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="my_model.py"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return f"{tmp_path / name}"

    return write


def test_a_class_is_read_and_keeps_its_text(written):
    path = written(GOOD)
    toy = model_file.read_class(f"{path}:Toy")
    assert toy(share=0.4).share == 0.4
    source = model_file.source_of(toy)
    assert (source.file, source.text) == ("my_model.py", GOOD)
    assert model_file.read_class(path) is toy  # the only model of its file, read once
    assert model_file.known_class(source, "Toy") is toy
    assert model_file.class_from_text(source, "Toy") is toy


def test_the_text_alone_makes_the_class_again(written):
    toy = model_file.read_class(f"{written(GOOD)}:Toy")
    source = model_file.source_of(toy)
    del sys.modules[toy.__module__]
    assert model_file.known_class(source, "Toy") is None
    again = model_file.class_from_text(source, "Toy")
    assert again is not toy
    assert again(share=0.2).as_dict() == {"share": 0.2}


def test_comments_and_layout_do_not_count_and_economics_do(written):
    plain = model_file.source_of(model_file.read_class(written(GOOD)))
    noted = model_file.source_of(model_file.read_class(written(GOOD + "\n\n# a note\n")))
    other = model_file.source_of(model_file.read_class(written(GOOD.replace("0.3", "0.4"))))
    assert plain.checksum == noted.checksum != other.checksum


def test_a_class_of_a_package_needs_no_text():
    assert model_file.source_of(Investment) is None


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (GOOD, "Tay", "my_model.py has no class 'Tay'; its models: Toy"),
        (GOOD, "dataclasses", "'dataclasses' in my_model.py is no model; expected a subclass of a contract"),
        (GOOD + "x = 1 / 0\n", "Toy", "my_model.py, line 9, raises ZeroDivisionError: division by zero"),
        (GOOD + "def f(:\n", "Toy", "my_model.py, line 9, raises SyntaxError"),
        (GOOD + "raise SystemExit(3)\n", "Toy", "my_model.py, line 9, raises SystemExit: 3"),
        (
            GOOD.replace("class Toy", "class A(Calibration):\n    pass\n\n\nclass Toy"),
            "",
            "has these models: A, Toy; say",
        ),
        ("x = 1\n", "", "my_model.py has no model; expected a class that subclasses a contract"),
    ],
)
def test_files_that_are_wrong_are_told_in_a_line(written, text, name, told):
    with pytest.raises(ModelFileError) as caught:
        model_file.read_class(written(text) + (f":{name}" if name else ""))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(ModelFileError, match=r"nowhere\.py cannot be read"):
        model_file.read_class("nowhere.py:Toy")


def test_members_that_lack_are_listed_with_their_line(written):
    with pytest.raises(ModelFileError) as caught:
        model_file.read_class(f"{written(LACKING)}:Half")
    first, *rest = str(caught.value).splitlines()
    assert first.endswith("members of its contract:")
    assert any(line.startswith("  - transition: ") for line in rest)
    assert all(line.partition(": ")[2] for line in rest)


def test_a_function_is_read_by_its_name(written):
    path = written("def simulate(parameters):\n    return parameters\n\n\nnumber = 3\n")
    assert model_file.read_function(f"{path}:simulate")({"a": 1}) == {"a": 1}
    for target, message in [
        (path, "names no function; expected one, as in my_model.py:simulate"),
        (f"{path}:number", "my_model.py has no function 'number'; say which one"),
        (f"{path}x:simulate", "cannot be read"),
    ]:
        with pytest.raises(ModelFileError, match=message):
            model_file.read_function(target)


MISTAKES = """
import tensorflow as tf


def eager(x):
    return tf.matmul(x, tf.ones([2, 2]))


@tf.function
def traced(x):
    return tf.matmul(x, tf.ones([2, 2]))
"""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("eager", "my_model.py, line 6, in eager raises InvalidArgumentError: "),
        ("traced", "my_model.py, line 11, in traced raises ValueError: Dimensions must be equal, but are 3 and 2 for"),
    ],
)
def test_a_mistake_in_a_method_is_told_with_its_line(written, name, told):
    wrong = model_file.read_function(f"{written(MISTAKES)}:{name}")
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError)) as caught:
        wrong(tf.ones([2, 3]))
    found = program.mendable(caught.value)
    assert found.startswith(told)
    assert found.endswith("; mend it there")
    assert "\n" not in found


def test_a_mistake_of_hetkeras_is_no_mistake_of_the_model_that_calls_it(written):
    text = "from hetkeras import fields\n\n\ndef wrong():\n    fields.frozen(3, None)\n"
    calls = model_file.read_function(f"{written(text)}:wrong")
    with pytest.raises(AttributeError) as caught:
        calls()
    assert model_file.mistake(caught.value) is None
