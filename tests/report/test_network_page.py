"""Maps of links: what moves is drawn, the rest is grey; what is missing or broken is said."""

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.content import Picture, Text
from hetkeras.report.glossary import written
from hetkeras.report.network_figures import link_figure
from hetkeras.report.network_page import LINKS, network_pictures
from tests.report.firm_files import write_columns

COUNT = 3
USER, SUPPLIER = (part.ravel() for part in np.indices((COUNT, COUNT)))
TABLE = {
    "user": USER,
    "supplier": SUPPLIER,
    "share": np.where((USER == 0) & (SUPPLIER == 2), 0.0, 0.1),
    "worth": np.linspace(-1, 1, 9),
    "active": np.linspace(0, 1, 9),
}


def test_links_that_move_are_drawn(tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        "hetkeras.report.network_page.link_figure", lambda maps: drawn.update(maps) or link_figure(maps)
    )
    write_columns(tmp_path / LINKS, TABLE)
    (block,) = network_pictures(tmp_path)
    assert isinstance(block, Picture)
    worth, active = drawn.values()
    still = np.eye(COUNT, dtype=bool)
    still[0, 2] = True
    np.testing.assert_array_equal(np.isnan(worth), still)
    np.testing.assert_array_equal(worth[~still], TABLE["worth"].reshape(COUNT, COUNT)[~still])
    assert active[1, 0] == TABLE["active"][3]


def test_colours_are_about_zero_where_links_can_be_bad():
    figure = link_figure({"worth": np.array([[np.nan, -1.0], [3.0, np.nan]]), "active": np.array([[1, 0.5], [0.2, 0]])})
    worth, active = (axes.images[0] for axes in figure.axes if axes.images and axes.get_title())
    assert (worth.norm.vmin, worth.norm.vcenter, worth.norm.vmax) == (-1.0, 0.0, 3.0)
    assert worth.cmap.name == "RdBu"
    assert active.cmap.name == "viridis"


def test_what_is_missing_or_damaged_is_said(tmp_path):
    (block,) = network_pictures(tmp_path)
    assert isinstance(block, Text)
    assert LINKS in block.text
    write_columns(tmp_path / LINKS, {name: values for name, values in TABLE.items() if name != "share"})
    with pytest.raises(RunDirectoryError, match="share"):
        network_pictures(tmp_path)


def test_errors_are_shares_of_the_option():
    assert written("option_error_rms", 0.0033) == "0.33 %"
