"""What the TensorBoard action writes, read back."""

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.util import tensor_util

from hetkeras.errors import RunDirectoryError
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import Progress

STEPS = [10, 20, 30, 40, 50, 60]
SETTINGS = {"learning_rate": 1e-3, "num_steps": 60, "network": "moments", "resume": True, "types": [0.9, 1.1]}
PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A run of six chunks, dear ones every second; probe and picture count how often they are asked."""
    log_dir, asked = tmp_path_factory.mktemp("log"), {"probe": 0, "picture": 0}

    def probe():
        asked["probe"] += 1
        return {"gap": 100.0 + asked["probe"], "slope": 0.9}

    def picture():
        asked["picture"] += 1
        return PIXELS

    board = TensorBoard(log_dir, SETTINGS, (probe, lambda: {"other": -1.0}), {"policy": picture}, evaluate_every=2)
    for step in STEPS:
        board(Progress(step, 60, {"loss": 1 / step, "residual_rms": step}, 1.0, step >= 60))
    events = EventAccumulator(str(log_dir), size_guidance={"tensors": 0})
    events.Reload()
    return events, asked


def series(events, tag):
    return [(event.step, float(tensor_util.make_ndarray(event.tensor_proto))) for event in events.Tensors(tag)]


def test_metrics_of_every_chunk(written):
    events, _ = written
    assert series(events, "training/loss") == [(step, np.float32(1 / step)) for step in STEPS]
    assert series(events, "training/residual_rms") == [(step, step) for step in STEPS]


def test_probes_now_and_then_and_at_the_end(written):
    events, asked = written
    assert series(events, "economics/gap") == [(10, 101), (30, 102), (50, 103), (60, 104)]
    assert [step for step, _ in series(events, "economics/slope")] == [10, 30, 50, 60]
    assert series(events, "economics/other")[-1] == (60, -1)
    assert asked == {"probe": 4, "picture": 4}


def test_pictures_to_the_pixel(written):
    events, _ = written
    pictures = events.Tensors("policy")
    assert [event.step for event in pictures] == [10, 30, 50, 60]
    width, height, encoded = tensor_util.make_ndarray(pictures[0].tensor_proto)
    assert (int(width), int(height)) == (7, 5)
    np.testing.assert_array_equal(tf.io.decode_png(encoded), PIXELS)


def test_settings_are_hyper_parameters(written):
    events, _ = written
    tag = metadata.SESSION_START_INFO_TAG
    content = events.SummaryMetadata(tag).plugin_data.content
    found = metadata.parse_session_start_info_plugin_data(content).hparams
    assert found["learning_rate"].number_value == 1e-3
    assert found["num_steps"].number_value == 60
    assert found["network"].string_value == "moments"
    assert found["resume"].bool_value is True
    assert found["types"].string_value == "[0.9, 1.1]"
    assert found.keys() == SETTINGS.keys()


def test_nothing_else_is_written(written):
    events, _ = written
    training = {"training/loss", "training/residual_rms"}
    economics = {"economics/gap", "economics/slope", "economics/other"}
    assert set(events.Tags()["tensors"]) == training | economics | {"policy", metadata.SESSION_START_INFO_TAG}


def test_events_are_on_disk_after_each_chunk(tmp_path):
    """An interrupted run leaves what it has shown so far."""
    board = TensorBoard(tmp_path, {})
    board(Progress(10, 60, {"loss": 1.0}, 1.0, False))
    events = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    events.Reload()
    assert series(events, "training/loss") == [(10, 1.0)]


def test_events_that_cannot_be_written_are_told_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(RunDirectoryError, match=r"^writing failed: .*file \(.+\); free some space or give permission"):
        TensorBoard(tmp_path / "file", {})
    board = TensorBoard(tmp_path / "log", {})
    full = tf.errors.ResourceExhaustedError(None, None, "events.out; No space left on device\n\tFailed to flush")
    monkeypatch.setattr(board._writer, "flush", lambda: (_ for _ in ()).throw(full))
    with pytest.raises(RunDirectoryError, match=r"log \(events\.out; No space left on device\); free"):
        board(Progress(10, 60, {"loss": 1.0}, 1.0, False))
