"""SavedModels of a user's own class: kept with its text, which runs only if trusted."""

import json
import shutil
import sys

import pytest

from hetkeras import model_file, saved_model
from hetkeras.errors import SavedModelError, UntrustedModelError
from hetkeras.metadata import sealed
from hetkeras.models.investment import Investment
from tests.small_solves import make_solver

OWN = """
import dataclasses
from hetkeras.models.investment import Investment


@dataclasses.dataclass(frozen=True)
class Mine(Investment):
    fee: float = 0.0
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The class of a file, and its export."""
    place = tmp_path_factory.mktemp("own")
    (place / "mine.py").write_text(OWN)
    mine = model_file.read_class(f"{place / 'mine.py'}:Mine")
    solver = make_solver(mine(num_firms=8), "moments", 0, width=4, num_steps=20)
    saved_model.export(solver.solution(), place / "saved_model")
    return mine, place / "saved_model"


def test_an_own_class_is_kept_with_its_text_and_known_to_its_process(own):
    mine, path = own
    loaded = saved_model.load(path)
    assert type(loaded.model) is mine
    assert loaded.metadata["model_class"] == "mine.py:Mine"
    assert loaded.metadata["model_source"]["text"] == OWN
    assert type(saved_model.load(path, model=mine).model) is mine


def test_elsewhere_its_text_runs_only_if_trusted(own, monkeypatch):
    mine, path = own
    monkeypatch.delitem(sys.modules, mine.__module__)
    with pytest.raises(UntrustedModelError, match=r"its model Mine is of the file mine\.py.*trust=True.*model=Mine"):
        saved_model.load(path)
    again = saved_model.load(path, trust=True).model
    assert (type(again).__name__, again.as_dict()) == ("Mine", mine(num_firms=8).as_dict())
    monkeypatch.delitem(sys.modules, type(again).__module__)


def test_a_class_of_another_name_is_refused(own):
    with pytest.raises(SavedModelError, match=r"holds the model Mine; got model=Investment"):
        saved_model.load(own[1], model=Investment)
    with pytest.raises(SavedModelError, match=r"^.* does not fit the class of the model: .* has no field 'fee'.*$"):
        saved_model.load(own[1], model=type("Mine", (Investment,), {}))


def test_a_text_that_no_longer_runs_is_told(own, tmp_path, monkeypatch):
    path = shutil.copytree(own[1], tmp_path / "model")
    metadata = saved_model.read_metadata(path)
    metadata["model_source"] |= {"text": "import no_such_package\n", "checksum": "0"}
    (path / saved_model.ASSET).write_text(json.dumps(sealed(metadata)))
    with pytest.raises(SavedModelError, match=r"its own model cannot be built again: mine\.py, line 1, raises"):
        saved_model.load(path, trust=True)
