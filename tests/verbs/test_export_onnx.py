"""Files of ONNX say what the SavedModel says, or there are none."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import hetkeras as hk
from hetkeras.verbs import export_onnx as verb

SHIPPED = Path(__file__).parents[2] / "exported_models"
ROWS = 300


@pytest.fixture(scope="module")
def loaded():
    return hk.load(SHIPPED / "huggett")


@pytest.fixture(scope="module")
def exported(loaded, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    return folder, hk.export_onnx(loaded, folder, rows=ROWS)


def test_each_function_is_a_file_that_agrees(exported, loaded):
    folder, found = exported
    assert sorted(path.name for path in folder.iterdir()) == ["policy.csv", "policy.onnx"]
    assert found.keys() == loaded.metadata["signatures"].keys()
    assert found["policy"].rows == ROWS
    assert found["policy"].gap <= 1e-5


def test_a_file_takes_any_rows_and_tells_of_itself(exported, loaded):
    session = onnxruntime.InferenceSession(str(exported[0] / "policy.onnx"), providers=["CPUExecutionProvider"])
    assert [(each.name, each.shape) for each in session.get_inputs()] == [("assets", ["B"]), ("idiosyncratic", ["B"])]
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["calibration"]) == loaded.metadata["calibration"]
    assert json.loads(told["bounds"])["assets"] == loaded.metadata["bounds"]["assets"]
    assert (told["model"], told["signature"]) == ("Huggett", "policy")
    for assets in ([1.0], [0.5, np.nan, -99.0]):
        inputs = {
            "assets": np.array(assets),
            "idiosyncratic": np.full(len(assets), loaded.model.idiosyncratic_chain.values[0]),
        }
        outputs = dict(zip([each.name for each in session.get_outputs()], session.run(None, inputs), strict=True))
        for name, part in loaded.signatures["policy"](**inputs).items():
            np.testing.assert_allclose(outputs[name], part.numpy(), 1e-12)


def test_the_table_is_what_the_savedmodel_says_on_its_paths(exported, loaded):
    with (exported[0] / "policy.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    assert len(rows) == ROWS
    assert len(set(columns["assets"])) > ROWS / 4
    assert columns["in_bounds"].all()
    said = loaded.signatures["policy"](assets=columns["assets"], idiosyncratic=columns["idiosyncratic"])
    np.testing.assert_array_equal(said["consumption"].numpy(), columns["consumption"])


def test_a_file_that_says_something_else_is_removed(loaded, tmp_path, monkeypatch):
    right = verb.OnnxFunction.__call__

    def wrong(self, **inputs):
        found = right(self, **inputs)
        return {**found, "consumption": found["consumption"] + 1e-3}

    (tmp_path / "policy.onnx").write_bytes(b"an earlier one")
    monkeypatch.setattr(verb.OnnxFunction, "__call__", wrong)
    with pytest.raises(hk.OnnxError, match=r"policy\.onnx says something else than the SavedModel at 50 states"):
        hk.export_onnx(loaded, tmp_path, rows=50)
    assert [path.name for path in tmp_path.iterdir()] == ["policy.csv"]


def test_what_cannot_be_done_is_refused_before_work(loaded, tmp_path, monkeypatch):
    with pytest.raises(hk.CalibrationError, match="rows is 0; expected at least 1"):
        hk.export_onnx(loaded, tmp_path, rows=0)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(hk.OnnxError, match="writing failed: "):
        hk.export_onnx(loaded, tmp_path / "file", rows=50)
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(hk.OnnxError, match=r"ONNX needs tf2onnx.*pip install 'hetkeras\[onnx\]'"):
        hk.export_onnx(loaded, tmp_path)
