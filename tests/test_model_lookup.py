"""Naming a class in a SavedModel runs nothing; only what is a model comes back."""

import sys
from pathlib import Path

import pytest

from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import SavedModelError, UntrustedModelError
from hetkeras.method import Options
from hetkeras.model_lookup import class_of
from hetkeras.models.investment import Investment

PATH = Path("runs/saved_model")
OWN = """
from hetkeras.models.investment import Investment

class Mine(Investment):
    pass
"""


def found(name, given=None, trust=False):
    return class_of(PATH, {"model_class": name}, given, trust)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A module in the folder that Python looks through first, and whether it was imported."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)

    def write(text):
        (tmp_path / "mine.py").write_text(f"{text}\nopen({str(tmp_path / 'ran')!r}, 'w').close()\n")
        return tmp_path / "ran"

    yield write
    sys.modules.pop("mine", None)


def test_a_class_of_hetkeras_is_found_by_its_name():
    assert found("hetkeras.models.investment:Investment") is Investment
    assert found("hetkeras.models:Investment") is Investment


def test_a_module_of_others_is_imported_only_if_trusted(package):
    ran = package(OWN)
    with pytest.raises(
        UntrustedModelError, match=r"its model mine:Mine is of a module that is not of hetkeras.*trust="
    ):
        found("mine:Mine")
    assert not ran.exists()
    assert found("mine:Mine", trust=True).__name__ == "Mine"
    assert ran.exists()
    assert found("mine:Mine").__name__ == "Mine"  # it is imported already


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "subprocess:Popen",
        "builtins:exec",
        "builtins:type",
        "hetkeras.method:method_of",
        "hetkeras.method:Options",
        "hetkeras.calibration:Calibration",
        "hetkeras.contracts.symmetric_economy:SymmetricEconomy",
        "hetkeras.models.investment:tf",
        "hetkeras.models:investment",
    ],
)
def test_what_is_no_model_is_refused_before_it_is_called(name):
    with pytest.raises(SavedModelError, match=rf"its model {name} is .*; expected a subclass of a contract"):
        found(name)


@pytest.mark.parametrize(
    "name",
    ["hetkeras.models:Nobody", "hetkeras.no_such:Model", "hetkeras.:Model", "hetkeras.models.investment:", "sys.:path"],
)
def test_what_cannot_be_imported_is_told(name):
    with pytest.raises(
        SavedModelError, match=r"cannot be imported .*give the class|is of a module that is not"
    ) as error:
        found(name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["import no_such_package", "raise SystemExit(0)", "1 / 0", "def f(:"])
def test_a_trusted_module_that_fails_is_told(package, text):
    package(text)
    with pytest.raises(SavedModelError, match=r"its model mine:Mine cannot be imported \(.+\); give the class"):
        found("mine:Mine", trust=True)


def test_names_without_a_module_are_refused():
    for name in ("", ":", "Investment", ".:x", ":Investment"):
        with pytest.raises(SavedModelError):
            found(name, trust=True)


def test_the_class_given_has_the_name_and_is_a_model():
    assert found("elsewhere:Investment", given=Investment) is Investment
    with pytest.raises(SavedModelError, match="holds the model Bloom; got model=Investment"):
        found("elsewhere:Bloom", given=Investment)
    with pytest.raises(SavedModelError, match="holds the model Bloom; got model=3"):
        found("elsewhere:Bloom", given=3)
    for wrong in (Options, SymmetricEconomy):
        with pytest.raises(SavedModelError, match="expected a subclass of a contract with all its members"):
            found(f"elsewhere:{wrong.__name__}", given=wrong)
