"""The verb: what it asks of whom, and what it refuses."""

from pathlib import Path

import pytest

import hetkeras as hk
from hetkeras.errors import CalibrationError

SHIPPED = Path(__file__).parents[2] / "exported_models"


def test_a_path_of_one_period_is_refused():
    with pytest.raises(CalibrationError, match="periods is 1; expected at least 2"):
        hk.transition(SHIPPED / "huggett", {"discount_factor": 0.97}, periods=1)


def test_other_models_have_none():
    with pytest.raises(CalibrationError, match="Investment has no transitions here; expected a model of Price"):
        hk.transition(SHIPPED / "investment_linear_n128", {"discount_factor": 0.9})


def test_promised_interest_of_the_shipped_model_is_refused():
    with pytest.raises(hk.TrainingDiverged, match=r"Huggett\(budget='face_values'\)"):
        hk.transition(SHIPPED / "huggett", {"discount_factor": [0.981, 0.98]}, periods=60, reference=False)
