"""Every shipped model is reloaded, measured and compared with what it says of itself.

The industry of 10,000 firms takes as long to measure as all the others together: that is left to `make validate`, and
to `make verify`, which measures every shipped model. That its files are whole is looked at here too.
"""

from pathlib import Path

import pytest

from apps.firm_measuring import FirmPlan
from apps.measuring import measure
from apps.reference_checks import agrees_with_record, investment_references
from hetkeras.errors import HetkerasError
from hetkeras.saved_model import load
from tools import export_models
from tools.export_models import LARGEST, SOLVES

SHIPPED = Path(__file__).parents[1] / "exported_models"
LONG = {"investment_nu15_n10000", "bloom"}
UNKNOWN = {"production_network_n5"}  # of which nothing is known exactly


@pytest.mark.parametrize("name", SOLVES)
def test_shipped_model_is_whole_small_and_was_right_when_it_was_exported(name):
    assert load(SHIPPED / name).metadata["measured"]["converged"] is True
    assert sum(file.stat().st_size for file in (SHIPPED / name).rglob("*") if file.is_file()) <= LARGEST


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in SOLVES]
)
def test_shipped_model_is_right_and_says_so_truly(name):
    loaded = load(SHIPPED / name)
    diagnosis = measure(loaded, FirmPlan(pairs=0))
    assert diagnosis.converged, diagnosis.reason
    assert all(check.passed for check in agrees_with_record(diagnosis, loaded.metadata))
    errors = ("policy_error_mean", "reference_gap_price", "value_error_rms", "value_lost_firms")
    known = [diagnosis.numbers[error] for error in errors if error in diagnosis.numbers]
    assert known or name in UNKNOWN
    assert all(error < 1e-3 for error in known)


@pytest.mark.parametrize(
    ("measured", "size", "words"),
    [({"converged": False, "reason": "the explosive root"}, 0, "explosive root"), ({"converged": True}, 2, "smaller")],
)
def test_what_is_wrong_or_too_large_is_not_shipped(monkeypatch, tmp_path, measured, size, words):
    def pretend(command, check):
        trained = Path(next(flag for flag in command if "--run_dir" in flag).split("=")[1]) / "saved_model"
        trained.mkdir(parents=True)
        (trained / "saved_model.pb").write_bytes(b"x" * size * LARGEST)

    monkeypatch.setattr(export_models.subprocess, "run", pretend)
    monkeypatch.setattr(export_models, "read_metadata", lambda path: {"measured": measured})
    monkeypatch.setattr(export_models, "SHIPPED", tmp_path)
    with pytest.raises(HetkerasError, match=words):
        export_models.export("some_model", ["apps.solve_investment"])
    assert not list(tmp_path.iterdir())


def test_nothing_else_is_shipped():
    assert {path.name for path in SHIPPED.iterdir() if path.is_dir()} == set(SOLVES)


def test_references_pass_their_own_checks():
    assert all(check.passed for check in investment_references())
