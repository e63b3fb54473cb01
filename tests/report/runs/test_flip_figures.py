import numpy as np
import pytest

from hetkeras.report.parts import formats
from hetkeras.report.runs import flip_figures
from tests.report.flip_files import entry_probability, transition

PARTS = ("active", "entries", "exits")


def test_points_and_line_are_drawn_as_they_are():
    x, y = np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 9.0])
    line = flip_figures.regress(x, y)
    assert (line.intercept, line.slope, line.fit) == pytest.approx((1, 2, 1))
    (axes,) = flip_figures.scatter_figure([flip_figures.Scatter("x", "y", x, y, line)]).axes
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), np.stack([x, y], 1))
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[1, 3], [4, 9]])


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([2.0, 2.0, 2.0 + 1e-12], [1.0, 2.0, 6.0], (3, 0, np.nan)),
        ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0], (1, 0, np.nan)),
        ([1.0, 2.0, 3.0], [7.0, 7.0, 7.0], (7, 0, np.nan)),
    ],
)
def test_a_line_through_numbers_that_are_all_the_same_explains_nothing(x, y, expected):
    line = flip_figures.regress(np.array(x), np.array(y))
    assert (line.intercept, line.slope, line.fit) == pytest.approx(expected, nan_ok=True)


def test_curves_are_per_cent_and_named_in_words():
    columns = entry_probability()
    curves = {"none": columns["taken_0"], "half": columns["taken_50"], "most": columns["taken_90"]}
    (axes,) = flip_figures.opportunity_figure(columns["impulses"], curves).axes
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines[:3]}
    assert list(drawn) == list(curves)
    for name, share in curves.items():
        np.testing.assert_allclose(drawn[name], 100 * share)


def test_the_transition_shows_both_paths_in_three_panels():
    columns = transition()
    series = [{"usual": columns[f"{part}_usual"], "shocked": columns[f"{part}_shocked"]} for part in PARTS]
    panels = flip_figures.transition_figure(columns["time"], *series).axes
    for axes, expected, scale in zip(panels, series, (100, 1, 1), strict=True):
        drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
        for name, values in expected.items():
            np.testing.assert_allclose(drawn[name], scale * values)
    assert panels[1].get_ylim() == panels[2].get_ylim()
    assert all(axes.get_xlim()[0] == 0 for axes in panels)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([0.5] * formats.LONG, ", ".join(["0.5"] * formats.LONG)),
        ([0.5, 2] * formats.LONG, "48 numbers from 0.5 to 2, all of them in run.json"),
        (["a"] * 30, ", ".join("a" * 30)),
        ([], "none"),
        (1, "1"),
    ],
)
def test_only_long_lists_of_numbers_are_brief(value, text):
    assert formats.brief(value) == text
