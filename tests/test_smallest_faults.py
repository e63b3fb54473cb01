"""The search for the smallest wrong solution that is refused, and the rows that it keeps."""

import csv

import pytest

from hetkeras.errors import CalibrationError
from tools.faults import smallest
from tools.faults.planted import Plant

PLANT = Plant("m", "f", "value", "everywhere", 0.0, 1.0, -0.08)


def refused_from(limit):
    return lambda plant: ["off_path_value_gap"] if abs(plant.size) >= limit else []


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (0.015, (0.02, 0.01, "off_path_value_gap")),
        (1.0, (float("inf"), 0.08, "")),
        (0.0, (0.08 / 2**7, 0.0, "off_path_value_gap")),
    ],
)
def test_halves_until_it_passes(limit, expected):
    assert smallest.smallest(PLANT, refused_from(limit)) == pytest.approx(expected)


def test_rows_of_models_that_are_not_tried_are_kept(tmp_path, monkeypatch):
    path = tmp_path / "smallest.csv"
    monkeypatch.setattr(smallest, "STUDIED", (PLANT, PLANT._replace(model="n", size=0.04)))
    monkeypatch.setattr(smallest, "MODELS", ("m", "n"))
    monkeypatch.setattr(smallest, "refusals", refused_from(0.015))
    smallest.study(["m", "n"], path)
    monkeypatch.setattr(smallest, "refusals", refused_from(0.03))
    smallest.study(["n"], path)
    with path.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["model"], row["refused_at"], row["sign"]) for row in rows] == [("m", "0.02", "-"), ("n", "0.04", "+")]


def test_an_unknown_model_is_refused_before_anything_is_tried():
    with pytest.raises(CalibrationError, match="nothing is planted in 'blom'; expected some of khan_thomas"):
        smallest.main(["smallest", "blom"])
