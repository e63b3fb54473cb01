"""What a SavedModel says of its own errors is what is measured again, number by number."""

import json
import math
from pathlib import Path

import pytest

from hetkeras.command_line.reference_checks import agrees_with_record
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.record import record_checks

SHIPPED = Path(__file__).parents[1] / "exported_models"
RECORDS = {path.parts[-3]: json.loads(path.read_text())["measured"] for path in SHIPPED.glob("*/assets/hetkeras.json")}
ROUNDING = 1e-10  # what is less is of rounding, and a twentieth of it too little to tell
LOOSE = ("policy_", "residual_", "gain_residual_own", "evaluations", "excess_demand", "resource_gap", "continuation")


def measured(name):
    """As if the same numbers came out again."""
    return {each: value for each, value in RECORDS[name].items() if each not in ("converged", "reason")}


def failed(name, **edits):
    return [check.name for check in record_checks({**RECORDS[name], **edits}, measured(name)) if not check.passed]


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_agrees_with_itself_and_every_number_is_compared(name):
    (check,) = record_checks(RECORDS[name], measured(name))
    assert check.passed
    assert check.name == f"numbers unlike the metadata's, of {len(measured(name))}"


@pytest.mark.parametrize("name", RECORDS)
def test_a_number_that_is_edited_by_five_per_cent_is_refused_by_name(name):
    for each, value in measured(name).items():
        if abs(value or 0.0) > ROUNDING and not each.startswith(LOOSE):
            assert failed(name, **{each: 1.05 * value}) == [f"{each}: distance to the metadata's"], each


@pytest.mark.parametrize("value", [math.inf, math.nan, None, "0.1", True, [1.0]])
@pytest.mark.parametrize("each", ["rules_error", "solve_seconds"])
def test_what_is_no_number_is_refused_whether_it_is_measured_again_or_not(each, value):
    numbers = {name: number for name, number in measured("khan_thomas").items() if name != "solve_seconds"}
    (check,) = record_checks({**RECORDS["khan_thomas"], each: value}, numbers)
    assert check.row() == (f"{each}: in the metadata", None, "a number", "FAIL")
    assert f"the metadata state {value!r}" in check.advice


def test_null_stands_for_what_is_not_finite_again():
    assert record_checks({"forecast_r2_price": None}, {"forecast_r2_price": None})[0].passed
    (check,) = record_checks({"forecast_r2_price": 0.9}, {"forecast_r2_price": None})
    assert not check.passed


def test_zeros_are_refused_and_old_records_lack_newer_checks():
    record = dict.fromkeys(measured("khan_thomas"), 0.0)
    wrong = record_checks(record, measured("khan_thomas"))
    assert len(wrong) > 60
    assert not any(check.passed for check in wrong)
    assert record_checks({"price": 2.0}, {"price": 2.0, "newer": 1.0})[0].passed


def test_a_sampled_mean_is_compared_in_its_standard_errors():
    recorded, limit = RECORDS["production_network_n5"], 6 * RECORDS["production_network_n5"]["policy_worth_error"]
    for share, passes in ((0.99, True), (1.01, False)):
        numbers = {"policy_worth": recorded["policy_worth"] + share * limit}
        assert record_checks(recorded, numbers)[0].passed is passes


def test_a_verdict_that_is_no_verdict_is_refused():
    assert [check.name for check in record_checks({"converged": "yes"}, {})] == ["converged: in the metadata"]


def test_a_record_on_shocks_of_a_file_is_not_compared_with_others():
    metadata = {"measured": {"price": 2.0}, "measured_with": {"shocks": "mine.csv"}}
    (check,) = agrees_with_record(Diagnosis({"price": 3.0}, (), {}), metadata)
    assert check.passed
    assert check.name == "no numbers in the metadata"
    assert agrees_with_record(Diagnosis({"price": 3.0}, (), {}), {"measured": {}}) == []
