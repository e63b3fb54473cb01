import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.training.trainer import Progress
from hetkeras.training.training_curve import TrainingCurve


def told(curve, *steps):
    for step in steps:
        curve(Progress(step, 100, {"loss": 1 / step, "economics/price": float(step)}, 0.0, step == 100))


def test_a_resumed_run_has_the_curve_of_one_that_was_never_interrupted(tmp_path):
    whole, killed = tmp_path / "whole.csv", tmp_path / "killed.csv"
    told(TrainingCurve(whole), 25, 50, 75, 100)
    told(TrainingCurve(killed), 25, 50, 75)  # its last checkpoint is of step 25
    killed.write_text(killed.read_text() + "100,lo")  # a row that was cut off
    told(TrainingCurve(killed), 50, 75, 100)
    assert killed.read_bytes() == whole.read_bytes()
    assert whole.read_text().splitlines()[:3] == ["step,metric,value", "25,loss,0.04", "25,economics/price,25.0"]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "training.csv").mkdir()
    with pytest.raises(RunDirectoryError, match=r"training\.csv"):
        told(TrainingCurve(tmp_path / "training.csv"), 1)
