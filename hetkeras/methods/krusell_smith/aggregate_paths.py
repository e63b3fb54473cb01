"""Paths of aggregate states: Terry's (2017), which published statistics were computed on, or a user's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hetkeras.csv_table import CsvTable
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.firms import Firms
from hetkeras.numerics.markov_chain import MarkovChain

DATA = Path(__file__).parent / "data"
PUBLISHED = DATA / "terry_2017_shocks.csv"
INDEX_NAMES = "aggregate_index", "aggregate"  # of the column in files; the second one in earlier ones
PERIODS, BURN_IN = 2500, 500
SEED = 2503
IMPOSSIBLE = 1e-9  # long-run share of states that no path need visit
PUBLISHED_CHAIN = MarkovChain.tauchen(5, 0.859, 0.014, 2.0)
"""Of log productivity in Terry (2017)."""


def aggregate_path(model: Firms, file: str | None = None, periods: int = PERIODS) -> np.ndarray:
    """Returns indices [T]: of a file, else Terry's where the chain is his, else draws from the model's chain.

    Args:
      model: the economy.
      file: with a path, or None.
      periods: to draw.

    Raises:
      CalibrationError: if the file cannot be read or holds something other than indices of aggregate states, or the
        path leaves states unseen.
    """
    chain = model.aggregate_chain
    if file is not None:
        path = _read(Path(file), chain.num_states)
        _refuse_unseen(path, chain, file)
        return path
    published = PUBLISHED_CHAIN.transition
    if chain.transition.shape == published.shape and np.allclose(chain.transition, published):
        return _read(PUBLISHED, chain.num_states)
    path = drawn_path(chain, periods, SEED)
    _refuse_unseen(path, chain, "the path that is drawn")
    return path


def drawn_path(chain: MarkovChain, periods: int, seed: int) -> np.ndarray:
    """Indices [T] drawn from a chain, from its middle state."""
    return chain.paths(chain.num_states // 2, np.random.default_rng(seed).uniform(size=periods))


def _refuse_unseen(path: np.ndarray, chain: MarkovChain, name: str) -> None:
    """Rules of states that a path never sees would stay a guess."""
    seen, possible = np.unique(path[BURN_IN:-1]), np.flatnonzero(chain.stationary() > IMPOSSIBLE)
    unseen = [str(state) for state in possible if state not in seen]
    if unseen:
        hint = "; if its indices count from 1, take 1 from each" if path.min() == 1 else ""
        raise CalibrationError(
            f"{name} never visits the states {', '.join(unseen)} of {chain.num_states} after its first {BURN_IN} "
            f"periods: nothing is learned of them; expected a path through all of them{hint}"
        )


def _read(path: Path, num_states: int) -> np.ndarray:
    expected = f"indices from 0 to {num_states - 1} of aggregate states"
    table = CsvTable.read(path, (), f"a column '{INDEX_NAMES[0]}' with {expected}, one a row")
    name = next((name for name in INDEX_NAMES if name in table.columns), None)
    if name is None:
        raise CalibrationError(f"{path} lacks the column {INDEX_NAMES[0]}; expected {expected}, one a row")
    states = table.numbers(name)
    wrong = np.flatnonzero((states != np.floor(states)) | (states < 0) | (states >= num_states))
    if wrong.size:
        one_based = states[wrong[0]] == num_states == states.max() and states.min() == 1
        hint = "; they seem to count from 1: take 1 from each" if one_based else ""
        raise table.error(wrong[0], f"{name} is no index; expected {expected}{hint}")
    if len(states) <= BURN_IN + 100:
        raise CalibrationError(f"{path} has {len(states)} periods; expected more than {BURN_IN + 100}")
    return states.astype(int)
