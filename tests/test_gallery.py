"""The gallery is what its tool writes, and the lines beside a picture draw what they say."""

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot

from tools import gallery
from tools.measured.markdown import ROOT


def test_the_page_is_what_the_tool_writes():
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page(), "run `python -m tools.gallery`"


def test_every_shipped_model_has_lines_and_a_picture():
    assert {path.stem for path in gallery.PICTURES.glob("*.png")} == set(gallery.names())
    for name in gallery.names():
        assert f'tf.saved_model.load("exported_models/{name}")' in gallery.code(name)
        assert len(list(gallery.errors(gallery.read_metadata(gallery.SHIPPED / name)["measured"]))) > 4


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draws a model; returns the curves of its picture, [lines, 2, points]."""

    def run(name):
        monkeypatch.chdir(ROOT)
        matplotlib.use("agg")
        kept = []
        monkeypatch.setattr(pyplot, "close", lambda which: kept.extend(pyplot.gca().lines))
        gallery.draw(name, tmp_path / "picture.png")
        assert (tmp_path / "picture.png").stat().st_size > 5000
        return np.array([each.get_xydata().T for each in kept])

    yield run
    monkeypatch.undo()
    pyplot.close("all")


def test_firms_adjust_where_capital_is_far_from_its_target(drawn):
    (capital, low), (_, middle), (_, high) = drawn("khan_thomas")
    assert np.ptp([low, middle, high]) == pytest.approx(1, abs=1e-3)
    best = [capital[np.argmin(chance)] for chance in (low, middle, high)]
    assert best[0] < best[1] < best[2]


def test_industries_come_together(drawn):
    means = drawn("investment_linear_n128")[:, 1]
    assert means.shape == (10, 64)
    assert np.ptp(means[:, -1]) < 0.1 * np.ptp(means[:, 0])
