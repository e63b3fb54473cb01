"""Figures of households and words on their diagnostics, with aggregate shocks and without."""

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.parts.content import Table, Text
from hetkeras.report.runs import glossary
from hetkeras.report.runs.household_page import (
    ECONOMY,
    HOUSEHOLDS,
    capital_figure,
    household_pictures,
    policy_figure,
    wealth_figure,
)
from hetkeras.saved_model import read_metadata
from tests.report.firm_files import write_columns
from tools.faults.planted import SHIPPED

ASSETS = np.array([0.0, 1.0, 2.0, 9.0])
COLUMNS = {
    "assets": ASSETS,
    "share_below": np.array([0.2, 0.6, 1.0, 1.0]),
    **{f"consumption_{e}": 1.0 + 0.1 * e + 0.1 * ASSETS for e in (1, 2)},
    **{f"assets_next_{e}": ASSETS + e - 1.5 for e in (1, 2)},
    **{f"share_{e}": np.array([0.1, 0.2, 0.2, 0.0]) for e in (1, 2)},
}


def test_both_figures_are_drawn_from_the_table(tmp_path):
    write_columns(tmp_path / HOUSEHOLDS, COLUMNS)
    assert len(household_pictures(tmp_path)) == 2


def test_a_directory_without_the_table_says_so(tmp_path):
    (told,) = household_pictures(tmp_path)
    assert isinstance(told, Text)
    assert HOUSEHOLDS in told.text


def test_a_damaged_table_is_refused(tmp_path):
    write_columns(tmp_path / HOUSEHOLDS, {name: COLUMNS[name] for name in ("assets", "share_below", "consumption_1")})
    with pytest.raises(RunDirectoryError, match="assets_next_1"):
        household_pictures(tmp_path)


def test_lines_are_those_of_the_table_where_households_are():
    left, right = policy_figure(COLUMNS, 2).axes
    np.testing.assert_array_equal(left.lines[0].get_xdata(), ASSETS[:3])
    np.testing.assert_allclose(right.lines[1].get_ydata(), 0.5)


def test_the_lorenz_curve_goes_through_what_the_poorest_hold():
    lorenz = wealth_figure(COLUMNS).axes[1].lines[1]
    np.testing.assert_allclose(lorenz.get_xdata(), [0, 20, 60, 100, 100])
    np.testing.assert_allclose(lorenz.get_ydata(), [0, 0, 100 * 0.4 / 1.2, 100, 100])


def test_mean_capital_is_drawn_where_there_are_aggregate_shocks(tmp_path):
    write_columns(tmp_path / HOUSEHOLDS, COLUMNS)
    capital = np.array([30.0, 39.0, 40.0, 39.5])
    columns = {"mean_capital": capital, "dynamic_mean_capital": capital * np.exp([np.nan, 0, 0.01, 0])}
    write_columns(tmp_path / ECONOMY, columns)
    assert len(household_pictures(tmp_path)) == 3
    above, below = capital_figure(columns).axes
    assert [line.get_label() for line in above.lines] == ["simulated", "forecast"]
    np.testing.assert_allclose(above.lines[0].get_ydata(), capital[1:])
    np.testing.assert_array_equal(above.lines[0].get_xdata(), [0, 1, 2])
    np.testing.assert_allclose(below.lines[-1].get_ydata(), [0, -1, 0], atol=1e-9)


def test_rules_of_households_stand_with_their_fit(tmp_path):
    write_columns(tmp_path / HOUSEHOLDS, COLUMNS)
    write_columns(tmp_path / ECONOMY, dict.fromkeys(("mean_capital", "dynamic_mean_capital"), ASSETS + 1))
    write_columns(tmp_path / "rules.csv", {"capital_intercept": [0.1], "capital_slope": [0.9]})
    assert any(isinstance(block, Table) for block in household_pictures(tmp_path))


@pytest.mark.parametrize("name", ["huggett", "krusell_smith"])
def test_every_number_has_words(name):
    names = read_metadata(SHIPPED / name)["measured"]
    assert [name for name in names if not glossary.explanation(name)] == []
