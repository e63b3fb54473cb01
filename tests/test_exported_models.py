"""Every shipped model is reloaded, measured and compared with what it says of itself.

Whatever takes long is left to `make validate`, and to `make verify`, which measures every shipped model: the industry
of 10,000 firms, Bloom's economy, Krusell and Smith's, and the economics that tables and figures are made of. That all
files are whole is looked at here too.
"""

import functools
from pathlib import Path

import pytest

from hetkeras.command_line.reference_checks import agrees_with_record, investment_references
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.errors import HetkerasError
from hetkeras.methods.jump_diffusion.switching.diagnosis import diagnose_turns, own_paths, own_states
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.saved_model import load
from hetkeras.verbs.diagnose import diagnose
from tools import export_models
from tools.export_models import LARGEST, SOLVES

SHIPPED = Path(__file__).parents[1] / "exported_models"
LONG = {"investment_nu15_n10000", "bloom", "krusell_smith"}
UNKNOWN = {"production_network_n5"}  # of which nothing is known exactly


@functools.cache
def shipped(name):
    return load(SHIPPED / name)


@pytest.mark.parametrize("name", SOLVES)
def test_shipped_model_is_whole_small_and_was_right_when_it_was_exported(name):
    assert shipped(name).metadata["measured"]["converged"] is True
    assert sum(file.stat().st_size for file in (SHIPPED / name).rglob("*") if file.is_file()) <= LARGEST


def is_right(diagnosis, metadata, name):
    """It converged, errors are those recorded, and small where the solution is known."""
    assert diagnosis.converged, diagnosis.reason
    assert all(check.passed for check in agrees_with_record(diagnosis, metadata))
    errors = (
        "policy_error_mean",
        "reference_gap_price",
        "reference_gap_consumption_mean",
        "value_error_rms",
        "value_lost_firms",
    )
    known = [diagnosis.numbers[error] for error in errors if error in diagnosis.numbers]
    assert known or name in UNKNOWN
    assert all(error < 1e-3 for error in known)


@pytest.mark.parametrize("name", [name for name in SOLVES if name not in LONG])
def test_shipped_model_is_right_and_says_so_truly(name):
    """Its own equations on its own paths; what takes as long again and needs no shipped file is left out."""
    loaded = shipped(name)
    if isinstance(loaded.model, SwitchingJumpDiffusion):
        paths = own_paths(LoadedTurnPolicy(loaded.model, loaded.signatures))
        diagnosis = diagnose_turns(paths, own_states(paths))
    else:
        diagnosis = diagnose(loaded, **({"groups": 0} if isinstance(loaded.model, ExportEntry) else {}))
    is_right(diagnosis, loaded.metadata, name)


@pytest.mark.long
@pytest.mark.parametrize("name", SOLVES)
def test_shipped_model_is_right_in_all_that_is_measured(name):
    loaded = load(SHIPPED / name)
    diagnosis = diagnose(loaded)
    is_right(diagnosis, loaded.metadata, name)


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
        export_models.export("some_model", ["investment"])
    assert not list(tmp_path.iterdir())


def test_nothing_else_is_shipped():
    assert {path.name for path in SHIPPED.iterdir() if path.is_dir()} == set(SOLVES)


def test_references_pass_their_own_checks():
    assert all(check.passed for check in investment_references())
