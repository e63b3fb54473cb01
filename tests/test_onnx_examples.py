"""Programs without TensorFlow say what the SavedModel says."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.onnx_export.conversion import converted

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs/examples"
OTHERS = ("onnx_r.R", "onnx_julia.jl", "onnx_matlab.m")


@pytest.fixture(scope="module")
def loaded():
    return hk.load(ROOT / "exported_models/khan_thomas")


@pytest.fixture(scope="module")
def folder(loaded, tmp_path_factory):
    """A folder with the policy alone, for the rest takes longer."""
    folder = tmp_path_factory.mktemp("khan_thomas_onnx")
    signatures = (module := tf.saved_model.load(str(loaded.path))).signatures
    made = converted("policy", signatures["policy"], loaded.metadata["signatures"]["policy"], loaded.metadata)
    onnx.save(made, str(folder / "policy.onnx"))
    del module
    return folder


@pytest.fixture(scope="module")
def targets(loaded):
    capital = np.linspace(1, 2, 5, dtype=np.float32)
    same = {"idiosyncratic": 1.0, "aggregate": 1.0, "mean_capital": 1.55, "price": 2.2}
    return loaded.signatures["policy"](capital=capital, **same)["target_capital"].numpy()


def test_python_without_tensorflow(folder, targets, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["onnx_python.py", str(folder)])
    runpy.run_path(str(EXAMPLES / "onnx_python.py"))
    model, numbers = capsys.readouterr().out.splitlines()
    assert model == "KhanThomas [0.1, 8.0]"
    found = [float(number) for number in re.findall(r"[\d.]+", numbers)[:5]]
    np.testing.assert_allclose(found, targets, atol=1e-4)
    assert "tensorflow" not in (EXAMPLES / "onnx_python.py").read_text(encoding="utf-8")


def test_javascript(folder, targets):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = EXAMPLES / "onnx_javascript.mjs"
    done = subprocess.run([node, script, folder], capture_output=True, text=True, check=False, cwd=ROOT)
    if "Cannot find package 'onnxruntime-node'" in done.stderr:
        pytest.skip("onnxruntime-node is not installed: npm install onnxruntime-node")
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(json.loads(done.stdout)["target_capital"], targets, rtol=1e-5)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_run_says_so_and_names_what_the_file_has(name, folder):
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    model = onnx.load(str(folder / "policy.onnx"))
    assert "not run here" in text
    assert all(value.name in text for value in model.graph.input)
    assert "target_capital" in {value.name for value in model.graph.output}
    assert "target_capital" in text


@pytest.mark.long  # linking the library of TensorFlow takes seconds
def test_c_runs_the_savedmodel(tmp_path, loaded, targets):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    folder = tf.sysconfig.get_lib()
    libraries = [f"{folder}/libtensorflow_{name}.so.2" for name in ("cc", "framework")]
    words = ["gcc", EXAMPLES / "saved_model_c.c", f"-I{folder}/include", *libraries, f"-Wl,-rpath,{folder}"]
    subprocess.run([*words, "-o", tmp_path / "policy"], check=True)
    done = subprocess.run([tmp_path / "policy", loaded.path], capture_output=True, text=True, check=True)
    np.testing.assert_allclose([*map(float, done.stdout.split())], targets, rtol=1e-6)
