"""Every shipped model is reloaded, measured and compared with what it says of itself."""

from pathlib import Path

import pytest

from apps.measuring import measure
from apps.reference_checks import agrees_with_record, investment_references
from hetkeras.saved_model import load
from tools.export_models import LARGEST, SOLVES

SHIPPED = Path(__file__).parents[1] / "exported_models"


@pytest.mark.parametrize("name", SOLVES)
def test_shipped_model_is_right_and_says_so_truly(name):
    loaded = load(SHIPPED / name)
    diagnosis = measure(loaded)
    assert diagnosis.converged, diagnosis.reason
    assert all(check.passed for check in agrees_with_record(diagnosis, loaded.metadata))
    assert diagnosis.numbers["policy_error_mean"] < 1e-3
    assert sum(file.stat().st_size for file in (SHIPPED / name).rglob("*") if file.is_file()) <= LARGEST


def test_nothing_else_is_shipped():
    assert {path.name for path in SHIPPED.iterdir() if path.is_dir()} == set(SOLVES)


def test_references_pass_their_own_checks():
    assert all(check.passed for check in investment_references())
