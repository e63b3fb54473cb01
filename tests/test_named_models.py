"""Models by a word, with the options that some have before their calibration."""

import pytest

from hetkeras.errors import CalibrationError
from hetkeras.named_models import build_model, own_options
from hetkeras.sweeps.case import Case
from hetkeras.verbs.solved_case import check_cases


def test_a_map_and_a_table_of_sectors_come_before_the_calibration():
    assert own_options("export_entry") == ("geography",)
    assert own_options("production_network") == ("table", "decides")
    assert own_options("investment") == own_options("my_model.py:Skills") == ()
    flat = build_model("export_entry", "quick", ["num_destinations=4"], {"geography": "none"})
    drawn = build_model("export_entry", "quick", ["num_destinations=4"], {"geography": "synthetic"})
    assert flat.num_destinations == drawn.num_destinations == 4
    assert flat != drawn
    assert build_model("production_network", "quick", [], {"decides": "pairs"}).joint == 1
    with pytest.raises(CalibrationError, match="decides is nobody; expected one of planner, users, pairs"):
        build_model("production_network", "quick", [], {"decides": "nobody"})


def test_a_sweep_builds_them_as_the_command_line_does(tmp_path):
    cases = [
        Case("flat", "export_entry", {"num_destinations": 4}, {"geography": "none"}),
        Case("drawn", "export_entry", {"num_destinations": 4}, {"geography": "synthetic"}),
        Case("pairs", "production_network", {"num_sectors": "3"}, {"decides": "pairs"}),
        Case("other", "investment", {}, {"geography": "none"}),
    ]
    flat, drawn, pairs, other = check_cases(cases, tmp_path / "log")
    assert flat.identity["calibration"] != drawn.identity["calibration"]
    assert (pairs.identity["calibration"]["num_sectors"], pairs.identity["calibration"]["joint"]) == (3, 1)
    assert "has no field 'geography'" in other.problem
