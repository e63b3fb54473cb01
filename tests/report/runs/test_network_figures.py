"""Figures of links, read back from Matplotlib."""

import numpy as np
import pytest

from hetkeras.report.runs import network_figures
from hetkeras.report.runs.network_figures import LinkMap, Snapshot, fall_figure, growth_figure, link_figure, strongest
from tests.report import network_files
from tests.report.network_files import COUNT, MOMENTS

ENTRIES = np.array([[np.nan, -1.0], [3.0, np.inf]])


def test_colors_are_about_zero_where_links_can_be_bad():
    shares = LinkMap("share", np.array([[100, 50], [20.0, 0]]))
    figure = link_figure([LinkMap("worth", ENTRIES, True, ENTRIES < 0), shares])
    worth, share = (axes.images[0] for axes in figure.axes if axes.images and axes.get_title())
    assert (worth.norm.vmin, worth.norm.vmax) == (-3.0, 3.0)
    assert worth.norm(0.0) == pytest.approx(0.5)
    red, _, blue, _ = worth.cmap(worth.norm(3.0))
    assert red > blue  # an increase is red, as in the paper
    np.testing.assert_array_equal(worth.get_array().mask, [[True, False], [False, True]])
    assert (share.norm.vmin, share.norm.vmax) == (0, 100)
    (marks,) = worth.axes.collections
    np.testing.assert_array_equal(marks.get_offsets(), [[1, 0]])


@pytest.mark.parametrize("entries", [np.full((2, 2), np.nan), np.zeros((2, 2))])
def test_maps_without_numbers_are_drawn(entries):
    figure = link_figure([LinkMap("worth", entries, True), LinkMap("share", entries)])
    figure.canvas.draw()


@pytest.mark.parametrize("count", [COUNT, network_figures.ARROWS + 1])
def test_networks_show_links_that_are_there_and_dots_as_large_as_sectors(count):
    user, supplier = np.array([0, 1, 2]), np.array([1, 2, 0])
    network = Snapshot("now", np.linspace(0.1, 0.4, count), np.zeros(count), user, supplier, np.ones(3), np.eye(3)[1])
    path = {name: 100.0 * values for name, values in network_files.growth().items()}
    path["year"] = network_files.growth()["year"]
    figure = growth_figure([network], MOMENTS, path)
    drawn = figure.axes[0]
    assert len(drawn.patches) == 3
    blue = [patch for patch in drawn.patches if patch.get_edgecolor()[2] > patch.get_edgecolor()[0] + 0.1]
    assert len(blue) == 1
    sizes = drawn.collections[0].get_sizes()
    assert (np.diff(sizes) > 0).all()
    active, gdp = figure.axes[-2:]
    np.testing.assert_allclose(active.lines[0].get_ydata(), path["active_mean"])
    np.testing.assert_allclose(gdp.lines[1].get_ydata(), path["log_gdp"])
    np.testing.assert_array_equal(active.lines[2].get_xdata(), MOMENTS)


def test_bands_are_two_standard_errors_about_the_last_line():
    time, line = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    figure = fall_figure(time, {"a": {"with": line, "without": -line}, "b": {"": line}}, np.array([0.0, 0.5]))
    first, last = figure.axes
    np.testing.assert_allclose(first.lines[2].get_ydata(), -line)
    edges = last.collections[0].get_paths()[0].vertices[:, 1]
    assert (edges.min(), edges.max()) == pytest.approx((0.0, 1 + 0.98))
    assert not fall_figure(time, {"a": {"": line}}).axes[0].collections


def test_the_strongest_links_are_those_with_the_largest_shares():
    np.testing.assert_array_equal(strongest(np.array([0.1, 0.3, 0.2, 0.3]), 2), [False, True, False, True])
    assert strongest(np.ones(3)).all()
