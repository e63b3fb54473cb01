"""What `import hetkeras` offers: an explicit list, loaded when it is asked for."""

import ast
import pathlib
import subprocess
import sys

import pytest

import hetkeras as hk
from hetkeras import models

LIGHT = """
import sys
import hetkeras as hk
assert not {"tensorflow", "keras", "numpy", "matplotlib"} & set(sys.modules), "importing hetkeras should cost nothing"
assert callable(hk.sweep) and not {"tensorflow", "keras"} & set(sys.modules), "workers start it"
hk.MarkovChain, hk.CalibrationError, hk.contracts, hk.models
assert "matplotlib" not in sys.modules
import hetkeras.verbs.solve, hetkeras.verbs.diagnose, hetkeras.verbs.simulate
assert all(map(callable, (hk.solve, hk.diagnose, hk.simulate)))
"""


def test_the_face_costs_nothing_and_verbs_are_no_modules():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(hk.__all__))
def test_every_name_is_there(name):
    found = getattr(hk, name)
    assert getattr(found, "__name__", name).split(".")[-1] == name


@pytest.mark.parametrize("package", [hk, models])
def test_type_checkers_are_told_of_the_same_names(package):
    stub = ast.parse(pathlib.Path(package.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    (listed,) = (ast.literal_eval(line.value) for line in stub.body if isinstance(line, ast.Assign))
    assert sorted(listed) == sorted(package.__all__)


def test_what_is_not_offered_is_refused_by_name():
    with pytest.raises(AttributeError, match="sovle"):
        getattr(hk, "sovle")  # noqa: B009


def test_models_by_name():
    assert hk.models is models
    assert {getattr(models, name).__name__ for name in models.__all__} == set(models.__all__)
    assert set(models.__all__) >= {"Bloom", "ExportEntry", "Investment", "KhanThomas", "ProductionNetwork"}
