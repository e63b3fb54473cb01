"""Cases as users write them, and what is wrong with them in one line."""

import json

import pandas as pd
import pytest

from hetkeras.errors import CalibrationError, SweepError
from hetkeras.sweeps.case import Case
from hetkeras.sweeps.case_file import read_cases

TABLE = """name,model,depreciation,options.preset,solver.num_steps,seed
low,investment,0.05,quick,20,
high,my_model.py:Skills,,,,7
"""
OBJECTS = [
    {
        "name": "low",
        "model": "investment",
        "calibration": {"depreciation": "0.05"},
        "options": {"preset": "quick", "solver": {"num_steps": "20"}},
    },
    {"name": "high", "model": "my_model.py:Skills", "seed": 7},
]
LOW = {"preset": "quick", "solver": {"num_steps": "20"}}


def expected(seeds=2):
    low = [Case("low", "investment", {"depreciation": "0.05"}, LOW, seed) for seed in range(seeds)]
    return [*low, Case("high", "my_model.py:Skills", {}, {"solver": {}}, 7)]


def test_a_table_objects_and_a_frame_say_the_same(tmp_path):
    (tmp_path / "cases.csv").write_text(TABLE)
    (tmp_path / "cases.json").write_text(json.dumps(OBJECTS))
    frame = pd.read_csv(tmp_path / "cases.csv", dtype={"depreciation": str, "solver.num_steps": str})
    for cases in (tmp_path / "cases.csv", str(tmp_path / "cases.json"), OBJECTS, frame):
        assert read_cases(cases, 2) == expected()


def test_what_all_share_is_said_once():
    cases = [{"name": "a"}, {"name": "b", "options.preset": "paper", "solver.batch": 3}]
    options = {"preset": "quick", "solver": {"num_steps": 5}}
    first, second = read_cases(cases, 1, "investment", options)
    assert first == Case("a", "investment", {}, options)
    assert second == Case("b", "investment", {}, {"preset": "paper", "solver": {"num_steps": 5, "batch": 3}})


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ([], "cases has no case; expected one at least"),
        ([{"model": "m"}], "cases, case 1: its name is None; expected a text"),
        ([{"name": "a"}], "cases, case 1: its model is None; expected a model, as in my_model.py:Skills"),
        ([{"name": "a", "model": "m"}] * 2, "cases, case 2: the name 'a' is there again; expected it once"),
        ([{"name": "a", "model": "m", "flags.x": 1}], "'flags.x' is 1; expected a field of the model, options.NAME"),
        ([{"name": "a", "model": "m", "x": {}}], "'x' is {}; expected a field of the model, options.NAME"),
        ([{"name": "a", "model": "m", "options": 3}], "its options is 3; expected an object, name -> value"),
        ([{"name": "a", "model": "m", "seed": "1.5"}], "its seed is '1.5'; expected a whole number"),
        ([{"name": "a", "model": "m", "seed": True}], "its seed is True; expected a whole number"),
        ([{"name": "a", "model": "m", "options.seed": 1}], "case 1: it has an option seed; expected a column seed"),
        ("cases.txt", "cases.txt is neither .csv nor .json; expected a file of cases"),
        ("nowhere.json", "nowhere.json cannot be read: .*; expected a file of cases"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(cases, message):
    with pytest.raises(SweepError, match=message) as caught:
        read_cases(cases)
    assert "\n" not in str(caught.value)


def test_files_that_are_wrong_are_told_in_one_line(tmp_path):
    (tmp_path / "cases.csv").write_text("name,model\na,m\na,m\n")
    with pytest.raises(CalibrationError, match="line 3: the case of line 2 is there again; once"):
        read_cases(tmp_path / "cases.csv")
    (tmp_path / "cases.json").write_text('{"name": "a"}')
    with pytest.raises(SweepError, match="is no list of objects; expected a file of cases"):
        read_cases(tmp_path / "cases.json")
