"""What a worker says of cases before the first one runs, and of a model that raises."""

from pathlib import Path

import pytest

from hetkeras.errors import ModelFileError
from hetkeras.sweeps.case import Case
from hetkeras.verbs.solved_case import check_cases, solve_case

SKILLS = Path(__file__).parents[2] / "docs" / "examples" / "skills.py"


def test_cases_are_what_decides_their_numbers(tmp_path):
    text = Case("a", "investment", {"num_firms": "8"}, {"width": "8", "solver": {"num_steps": 20}})
    value = Case("b", "investment", {"num_firms": 8}, {"width": 8, "report": True, "solver": {"num_steps": "20"}}, 3)
    other = Case("c", "investment", {"num_firms": 8}, {"width": 8})
    first, second, third = (each.identity for each in check_cases([text, value, other], tmp_path / "log"))
    assert first == second
    assert first != third
    assert first["calibration"]["num_firms"] == 8


def test_files_that_options_name_count_with_their_content(tmp_path):
    shocks = tmp_path / "shocks.csv"
    case = Case("a", "khan_thomas", {}, {"shocks": str(shocks)})
    shocks.write_text("1")
    (first,) = check_cases([case], tmp_path / "log")
    shocks.write_text("2")
    (second,) = check_cases([case], tmp_path / "log")
    assert not first.problem
    assert first.identity != second.identity


def test_what_does_not_fit_a_model_is_told_in_one_line(tmp_path):
    wrong = {
        "model": (Case("model", "investmnt"), "'investmnt' is no model; did you mean 'investment'?"),
        "field": (Case("field", "investment", {"num_firm": 8}), "Investment has no field 'num_firm'; did you mean"),
        "value": (Case("value", "investment", {"num_firms": "many"}), "num_firms=many: expected one int"),
        "range": (Case("range", "investment", {"num_firms": 0}), "num_firms is 0; expected"),
        "option": (Case("option", "investment", {}, {"widht": 8}), "EulerOptions has no field 'widht'"),
        "setting": (Case("setting", "investment", {}, {"solver": {"steps": 8}}), "has no field 'steps'"),
    }
    found = check_cases([case for case, _ in wrong.values()], tmp_path / "log")
    for each, (_, told) in zip(found, wrong.values(), strict=True):
        assert told in each.problem
        assert "\n" not in each.problem


def test_a_mistake_in_a_method_of_a_model_is_told_with_its_line(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(SKILLS.read_text(encoding="utf-8").replace("* action**2", "* acton**2"), encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"^wrong\.py, line \d+, in payoff raises NameError: name 'acton' is not"):
        solve_case(Case("wrong", f"{file}:Skills"), tmp_path / "run")
