"""Paths of aggregate states: what they leave unseen is said, whether they are of a file or drawn."""

from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.aggregate_paths import aggregate_path
from hetkeras.numerics.markov_chain import MarkovChain

EVEN = MarkovChain(np.arange(1.0, 4.0), np.full((3, 3), 1 / 3))
NO_INDEX = "aggregate_index is no index; expected indices from 0 to 2 of aggregate states$"


def write(path, states, column="aggregate_index"):
    path.write_text("\n".join([column, *map(str, states)]))
    return path


def path_of(chain, file=None):
    return aggregate_path(SimpleNamespace(aggregate_chain=chain), file, periods=800)


def test_states_that_come_in_the_first_periods_alone_are_unseen(tmp_path):
    states = np.arange(800) % 3
    np.testing.assert_array_equal(path_of(EVEN, write(tmp_path / "all.csv", states)), states)
    early = write(tmp_path / "early.csv", np.where(np.arange(800) < 500, states, 1))
    with pytest.raises(CalibrationError, match=r"early\.csv never visits the states 0, 2 of 3 after its first 500"):
        path_of(EVEN, early)


def test_files_with_the_column_of_earlier_ones_are_read(tmp_path):
    states = np.arange(800) % 3
    np.testing.assert_array_equal(path_of(EVEN, write(tmp_path / "old.csv", states, "aggregate")), states)


@pytest.mark.parametrize(
    ("states", "says"),
    [
        (np.arange(800) % 3 + 1, r"line 4: aggregate_index is .*; they seem to count from 1: take 1 from each"),
        (np.arange(800) % 2 + 1, r"never visits the states 0 of 3 .*; if its indices count from 1, take 1 from each"),
        (np.arange(800) % 3 - 1, rf"line 2: {NO_INDEX}"),
        (np.arange(800) % 3 / 2, rf"line 3: {NO_INDEX}"),
    ],
)
def test_indices_that_count_otherwise_are_told_as_such(tmp_path, states, says):
    with pytest.raises(CalibrationError, match=says):
        path_of(EVEN, write(tmp_path / "path.csv", states))


def test_drawn_paths_see_all_states_that_the_chain_visits():
    rare = np.array([[0.5, 0.5, 0.0], [0.5, 0.499999, 1e-6], [0.5, 0.5, 0.0]])
    with pytest.raises(CalibrationError, match="the path that is drawn never visits the states 2 of 3"):
        path_of(MarkovChain(np.arange(1.0, 4.0), rare))
    transient = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    assert set(path_of(MarkovChain(np.arange(1.0, 4.0), transient))) == {0, 1}
