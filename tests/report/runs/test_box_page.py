"""The picture of a run over a box: there where there is a table, a map for each pair of parameters."""

import json

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.files import write_columns
from hetkeras.report.runs.box_page import box_figure, box_pictures


def table(count, points=12):
    rng = np.random.default_rng(0)
    columns = {name: rng.random(points) for name in "abcd"[:count]}
    return {**columns, "euler_residual_rms": 1e-3 * rng.random(points), "converged": np.arange(points) % 4}


@pytest.mark.parametrize(("count", "panels"), [(1, 1), (2, 1), (3, 3), (4, 6)])
def test_a_panel_for_each_pair(count, panels):
    names = list("abcd"[:count])
    figure = box_figure(table(count), names, "euler_residual_rms")
    drawn = [axes for axes in figure.axes if axes.get_xlabel()]
    assert len(drawn) == panels
    crosses = drawn[0].collections[-1].get_offsets()
    assert len(crosses) == 3  # calibrations that are not converged


def run(tmp_path, names):
    assets = tmp_path / "saved_model" / "assets"
    assets.mkdir(parents=True)
    (assets / "hetkeras.json").write_text(json.dumps({"over": {name: [0, 1] for name in names}}))
    write_columns(tmp_path / "box.csv", table(2))
    return tmp_path


def test_the_page_draws_what_was_measured(tmp_path):
    (drawn,) = box_pictures(run(tmp_path, "ab"))
    assert drawn.caption.startswith("Euler residual rms at the calibrations")


def test_a_table_without_a_parameter_is_refused(tmp_path):
    with pytest.raises(RunDirectoryError, match=r"box\.csv"):
        box_pictures(run(tmp_path, "az"))


def test_a_run_of_one_calibration_has_no_such_picture(tmp_path):
    assert box_pictures(tmp_path) == ()
