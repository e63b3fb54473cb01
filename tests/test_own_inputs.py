"""Methods tell inputs of every exported function on own paths; all shipped models are the same in ONNX."""

from pathlib import Path

import numpy as np
import pytest

import hetkeras as hk
from hetkeras.method import method_of
from tools.export_models import SOLVES

SHIPPED = Path(__file__).parents[1] / "exported_models"
ROWS = 80


@pytest.mark.parametrize("name", ["investment_linear_n128", "export_entry_j10"])
def test_inputs_are_of_own_paths_and_as_the_functions_take_them(name):
    loaded = hk.load(SHIPPED / name)
    inputs = method_of(loaded.model).own_inputs(loaded, ROWS, 0)
    others = method_of(loaded.model).own_inputs(loaded, ROWS, 1)
    assert inputs.keys() == loaded.metadata["signatures"].keys()
    for function, given in inputs.items():
        found = loaded.signatures[function](**given)
        assert all(len(part) >= ROWS for part in found.values())
        assert all(np.isfinite(part).all() for part in found.values() if part.dtype.is_floating)
    assert np.mean(loaded.signatures["policy"](**inputs["policy"])["in_bounds"]) > 0.5
    assert any(not np.array_equal(part, others["policy"][key]) for key, part in inputs["policy"].items())


@pytest.mark.long
@pytest.mark.parametrize("name", SOLVES)
def test_all_functions_of_a_shipped_model_are_the_same_in_onnx(name, tmp_path):
    found = hk.export_onnx(SHIPPED / name, tmp_path, rows=2_000)
    assert {path.stem for path in tmp_path.glob("*.onnx")} == found.keys()
    assert max(each.gap for each in found.values()) <= 1e-5
    assert not any(each.decisions for each in found.values())
