"""Export and load: nothing changes on the way, nothing damaged comes back."""

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.saved_model import fingerprinting_utils

from hetkeras import saved_model
from hetkeras.errors import SavedModelError, ShapeError
from hetkeras.metadata import sealed
from hetkeras.models.investment import Investment
from tests import forked
from tests.small_solves import make_solver, restarting

ROOT = Path(__file__).parents[1]
MODEL = Investment(num_firms=8, demand_curvature=1.5)


@pytest.fixture(scope="module")
def start():
    return restarting(make_solver(MODEL, "deep_sets", 0, width=8, num_steps=20))


@pytest.fixture
def solver(start):
    return start()


@pytest.fixture(scope="module")
def exported(start, tmp_path_factory):
    directory = tmp_path_factory.mktemp("exported") / "model"
    saved_model.export(start().solution(), directory)
    return directory


@pytest.fixture
def path(exported, tmp_path):
    """A copy of the export, which a test may damage."""
    return shutil.copytree(exported, tmp_path / "model")


def industry(batch, agents):
    return np.random.default_rng(0).uniform(0.6, 1.0, (batch, agents)).astype(np.float32)


def test_loaded_equals_trained_to_the_bit_for_any_batch_and_any_number_of_agents(solver, path):
    loaded = saved_model.load(path)
    for batch, agents in ((1, 8), (5, 8), (3, 100)):
        capital = tf.constant(industry(batch, agents))
        found = loaded.signatures["policy"](capital=capital[:, 0], industry_capital=capital)["investment"]
        trained = tf.function(solver.policy)(capital[:, :1, None], capital[..., None])[:, 0]
        np.testing.assert_array_equal(found, trained)


def test_shapes_are_stored_of_inputs_and_outputs_alone(path):
    stored = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes()).meta_graphs[0]
    functions = stored.graph_def.library.function
    assert not [node.name for f in functions for node in f.node_def if "_output_shapes" in node.attr]
    outputs = tf.saved_model.load(str(path)).signatures["transition"].structured_outputs
    assert outputs["industry_capital"].shape.as_list() == [None, None]
    told = tf.saved_model.experimental.read_fingerprint(str(path))
    fingerprinting_utils.write_fingerprint(str(path))
    assert told == tf.saved_model.experimental.read_fingerprint(str(path)), "the fingerprint is of the file as it is"


def test_transition_is_the_law_of_motion_under_the_policy(path):
    loaded = saved_model.load(path)
    capital, noise = tf.constant(industry(3, 8)), tf.constant(industry(3, 8) - 0.8)
    omega = tf.constant([1.0, -1.0, 0.0])
    inputs = {"capital": capital[:, 0], "industry_capital": capital}
    action = loaded.signatures["policy"](**inputs)["investment"]
    moved = loaded.signatures["transition"](**inputs, idiosyncratic_shock=noise, aggregate_shock=omega)
    expected = 0.95 * capital + action[:, None] + 0.005 * noise + 0.001 * omega[:, None]
    np.testing.assert_allclose(moved["industry_capital"], expected, rtol=1e-6)


def test_a_scalar_stands_for_every_row(path):
    policy = saved_model.load(path).signatures["policy"]
    capital = industry(3, 8)
    found = policy(capital=0.8, industry_capital=capital)["investment"]
    one_by_one = [policy(capital=0.8, industry_capital=row[None])["investment"] for row in capital]
    np.testing.assert_allclose(found, tf.concat(one_by_one, 0), rtol=1e-6)
    with pytest.raises(ShapeError, match="'policy' got capital with 2 and industry_capital with 3 entries along B"):
        policy(capital=[0.8, 0.9], industry_capital=capital)


def test_all_actions_are_those_of_each_agent(path):
    loaded = saved_model.load(path)
    capital = tf.constant(industry(2, 8))
    every = loaded.signatures["industry_policy"](industry_capital=capital)["industry_investment"].numpy()
    for agent in range(8):
        one = loaded.signatures["policy"](capital=capital[:, agent], industry_capital=capital)["investment"]
        np.testing.assert_array_equal(every[:, agent], one)


def test_metadata_travel_with_the_model(path):
    loaded = saved_model.load(path)
    assert loaded.model == MODEL
    assert loaded.metadata["calibration"]["demand_curvature"] == 1.5
    assert loaded.metadata["signatures"]["policy"]["inputs"] == {"capital": ["B"], "industry_capital": ["B", "N"]}
    assert loaded.metadata["units"]["investment"] == "units of capital per period"
    assert loaded.metadata["training"]["seed"] == 0
    lowest, highest = loaded.metadata["bounds"]["capital"]
    assert 0.5 < lowest < highest < 1.2
    described = loaded.signatures["describe"]()["json"].numpy()
    assert json.loads(described) == loaded.metadata


def test_measured_errors_are_recorded_and_keep_the_checksum_valid(path):
    saved_model.record_measurements(path, {"policy_error_mean": 1e-4})
    assert saved_model.load(path).metadata["measured"] == {"policy_error_mean": 1e-4}


def test_export_replaces_an_older_model_and_leaves_nothing_behind(solver, path):
    first = saved_model.read_metadata(path)
    solver.policy.trainable_variables[0].assign_add(tf.ones_like(solver.policy.trainable_variables[0]))
    saved_model.export(solver.solution(), path)
    assert saved_model.read_metadata(path)["weights_sha256"] != first["weights_sha256"]
    assert [entry.name for entry in path.parent.iterdir()] == ["model"]


def test_a_failing_export_keeps_the_older_model(solver, path, monkeypatch):
    before = saved_model.read_metadata(path)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(
        SavedModelError, match=r"^writing failed: .*model \(.*No space left on device\); free some space"
    ):
        saved_model.export(solver.solution(), path)
    assert saved_model.read_metadata(path) == before
    assert [entry.name for entry in path.parent.iterdir()] == ["model"]


@pytest.mark.parametrize(
    "victim", ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"]
)
def test_a_truncated_or_edited_file_is_refused(path, victim):
    content = (path / victim).read_bytes()
    (path / victim).write_bytes(content[: len(content) // 2])
    with pytest.raises(SavedModelError, match="truncated or edited"):
        saved_model.load(path)
    (path / victim).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(SavedModelError, match="truncated or edited"):
        saved_model.load(path)
    (path / victim).unlink()
    with pytest.raises(SavedModelError, match="truncated"):
        saved_model.load(path)


def test_what_other_programs_leave_beside_the_weights_does_not_count(path):
    for place in (path, path / "variables", path / "assets"):
        (place / ".DS_Store").write_bytes(b"\x00Bud1")
        (place / "._variables.index").write_bytes(b"\x00")
    saved_model.load(path)


def test_a_pipe_is_refused_before_anything_waits_for_it(path):
    fingerprint = path / "fingerprint.pb"
    fingerprint.unlink()
    os.mkfifo(fingerprint)
    with pytest.raises(SavedModelError, match=r"fingerprint\.pb is neither a file nor a folder; delete it"):
        saved_model.load(path)


def test_functions_that_metadata_and_graph_do_not_share_are_refused(path):
    metadata = saved_model.read_metadata(path)
    metadata["signatures"]["policy"]["outputs"]["investments"] = ["B"]
    (path / saved_model.ASSET).write_text(json.dumps(sealed(metadata)))
    wrong = "outputs of policy are in_bounds, investment, investments there, in_bounds, investment here"
    with pytest.raises(SavedModelError, match=wrong):
        saved_model.load(path)


def test_a_graph_that_tensorflow_cannot_read_is_refused_in_one_line(path):
    (path / "saved_model.pb").write_bytes(b"\x12\x00")
    metadata = {**saved_model.read_metadata(path), "weights_sha256": saved_model._weights_checksum(path)}
    (path / saved_model.ASSET).write_text(json.dumps(sealed(metadata)))
    with pytest.raises(SavedModelError, match="cannot be loaded: ") as caught:
        saved_model.load(path)
    assert "\n" not in str(caught.value)


def test_an_edited_calibration_is_refused(path):
    asset = path / saved_model.ASSET
    asset.write_text(asset.read_text().replace('"demand_curvature": 1.5', '"demand_curvature": 1.6'))
    with pytest.raises(SavedModelError, match="was edited"):
        saved_model.load(path)


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_export_does_not_destroy_what_is_not_a_model(solver, tmp_path, kind):
    victim = tmp_path / "thesis.tex" if kind == "file" else tmp_path / "work" / "thesis.tex"
    victim.parent.mkdir(exist_ok=True)
    victim.write_text("chapter 1")
    with pytest.raises(SavedModelError, match="is not a SavedModel"):
        saved_model.export(solver.solution(), victim if kind == "file" else victim.parent)
    assert victim.read_text() == "chapter 1"


KILLED_EXPORT = """
import os, signal, sys
from hetkeras import model_file, saved_model
from hetkeras.models.investment import Investment
from hetkeras.methods.euler_residual.signatures import symmetric_solution
saved_model.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
solution = symmetric_solution(Investment(num_firms=8), lambda agent, industry: 0.1 * agent[..., 0], [], {}, {})
saved_model.export(solution, sys.argv[1])
"""


def test_a_kill_in_mid_export_leaves_the_older_model_and_the_next_export_cleans_up(solver, path):
    before = saved_model.read_metadata(path)
    killed = forked.run(["-c", KILLED_EXPORT, path], ROOT)
    assert killed.returncode == -signal.SIGKILL
    assert saved_model.load(path).metadata == before
    assert len(list(path.parent.iterdir())) == 2
    saved_model.export(solver.solution(), path)
    assert [entry.name for entry in path.parent.iterdir()] == ["model"]


@pytest.fixture
def no_exchange(monkeypatch):
    """A file system on which names cannot be exchanged."""

    def refuse(*_):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(saved_model, "exchange", refuse)


def test_where_names_cannot_be_exchanged_two_renames_serve(solver, path, no_exchange):
    first = saved_model.read_metadata(path)
    solver.policy.trainable_variables[0].assign_add(tf.ones_like(solver.policy.trainable_variables[0]))
    saved_model.export(solver.solution(), path)
    assert saved_model.load(path).metadata["weights_sha256"] != first["weights_sha256"]
    assert [entry.name for entry in path.parent.iterdir()] == ["model"]


def test_an_interrupt_between_two_renames_keeps_the_older_model(solver, path, no_exchange, monkeypatch):
    before, real = saved_model.read_metadata(path), os.replace

    def interrupted(source, target):
        if source.name == "new" and target == path:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            saved_model.export(solver.solution(), path)
    assert saved_model.load(path).metadata == before
    assert [entry.name for entry in path.parent.iterdir()] == ["model"]


def test_a_kill_between_two_renames_is_mended_by_load(path):
    before = saved_model.read_metadata(path)
    workspace = path.with_name(".model.hetkeras-killed")
    shutil.copytree(path, workspace / "old")
    path.rename(workspace / "new")
    assert saved_model.load(path).metadata == before
    shutil.rmtree(workspace / "old")
    path.rename(workspace / "new")
    with pytest.raises(SavedModelError, match="not a SavedModel of hetkeras"):  # perhaps half of one
        saved_model.load(path)


def test_nan_capital_is_not_masked_and_a_wrong_rank_is_refused(path):
    policy = saved_model.load(path).signatures["policy"]
    broken = industry(2, 8)
    broken[1, 3] = np.nan
    found = policy(capital=tf.constant(broken[:, 0]), industry_capital=tf.constant(broken))["investment"]
    assert np.isfinite(found[0])
    assert np.isnan(found[1])
    with pytest.raises(ShapeError, match=r"takes industry_capital as \[B, N\] or a scalar; got the shape \(1,\)"):
        policy(capital=tf.constant([0.8]), industry_capital=tf.constant([0.8]))


def test_a_directory_without_metadata_is_refused(tmp_path):
    with pytest.raises(SavedModelError, match="not a SavedModel of hetkeras"):
        saved_model.load(tmp_path)


PLAIN_TENSORFLOW = """
import sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
capital = tf.fill((2, 5), 0.8)
print(model.signatures["policy"](capital=capital[:, 0], industry_capital=capital)["investment"].numpy())
with tf.compat.v1.Session(graph=tf.Graph()) as session:  # what serving systems of the first generation do
    meta = tf.compat.v1.saved_model.load(session, ["serve"], sys.argv[1])
    signature = meta.signature_def["policy"]
    feed = {signature.inputs["capital"].name: [0.8, 0.8], signature.inputs["industry_capital"].name: [[0.8] * 5] * 2}
    print(session.run(signature.outputs["investment"].name, feed))
assert "hetkeras" not in sys.modules
"""


def test_plain_tensorflow_loads_it_without_hetkeras(path):
    done = forked.run(["-c", PLAIN_TENSORFLOW, path], path)
    assert done.returncode == 0, done.stderr
    second, first = (line for line in reversed(done.stdout.strip().splitlines()))
    assert first == second
