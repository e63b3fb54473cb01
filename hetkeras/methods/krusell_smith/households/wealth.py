"""The stationary distribution of households over income and assets (Young 2010), and what it looks like.

Axes: E idiosyncratic states, H nodes of assets.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, eye_array, kron
from scipy.sparse.linalg import eigs

from hetkeras.errors import TrainingDiverged

TOP = 0.01  # share of households whose share of wealth is told
ROUNDING = 1e-9


def stationary_mass(nodes: np.ndarray, assets_next: np.ndarray, transition: np.ndarray) -> np.ndarray:
    """Shares of households that their own moves leave as they are, [E, H].

    A household that goes between two nodes counts at both, so that mean assets are kept; beyond the ends, at the end.

    Args:
      nodes: [H], rising.
      assets_next: where households at each node go, [E, H].
      transition: of idiosyncratic states, [E, E].

    Raises:
      TrainingDiverged: if none is found.
    """
    states, size = assets_next.shape
    going = moves(nodes, assets_next, transition)
    _, vectors = eigs(going, k=1, which="LM", tol=0, v0=np.ones(states * size))
    mass = vectors[:, 0].real / vectors[:, 0].real.sum()
    left = np.abs(going @ mass - mass).sum()
    if not left <= ROUNDING or mass.min() < -ROUNDING:
        raise TrainingDiverged(
            f"the distribution of households has shares from {mass.min():.4g} to {mass.max():.4g}, and moves of "
            f"households change {left:.3g} of it; expected one that they leave as it is"
        )
    mass = np.maximum(mass, 0)
    return mass.reshape(states, size) / mass.sum()


def moves(nodes: np.ndarray, assets_next: np.ndarray, transition: np.ndarray) -> csc_array:
    """Shares [E H, E H] in which households of a column are in the rows a period later; arguments as above."""
    size = assets_next.shape[1]
    return csc_array(kron(csc_array(transition.T), eye_array(size))) @ _saving(nodes, assets_next)


def _saving(nodes: np.ndarray, assets_next: np.ndarray) -> csc_array:
    """Shares [E H, E H] in which households of a column go to the nodes of the rows, each in its own state."""
    states, size = assets_next.shape
    inside = np.clip(assets_next, nodes[0], nodes[-1])
    below = np.clip(np.searchsorted(nodes, inside, side="right") - 1, 0, size - 2)
    share = (inside - nodes[below]) / np.diff(nodes)[below]
    column = np.arange(states * size)
    row = (below + size * np.arange(states)[:, None]).ravel()
    entries = np.concatenate([1 - share.ravel(), share.ravel()])
    places = np.concatenate([row, row + 1]), np.concatenate([column, column])
    return csc_array((entries, places), shape=(states * size, states * size))


def wealth_moments(nodes: np.ndarray, mass: np.ndarray) -> dict[str, float]:
    """Mean and sd of assets, Gini, wealth of the richest hundredth, shares of households at the ends.

    Args:
      nodes: [H]; mass: [E, H].
    """
    shares = mass.sum(0)
    mean = shares @ nodes
    numbers = {
        "assets_mean": mean,
        "assets_sd": np.sqrt(shares @ (nodes - mean) ** 2),
        "households_at_limit": shares[0],
        "households_at_top": shares[-1],
    }
    if nodes[0] >= 0 and mean > 0:
        owned = np.concatenate([[0.0], np.cumsum(shares * nodes) / mean])  # Lorenz curve
        ranks = np.concatenate([[0.0], np.cumsum(shares)])
        numbers["assets_gini"] = 1 - np.sum(np.diff(ranks) * (owned[1:] + owned[:-1]))
        numbers["assets_of_top_hundredth"] = 1 - np.interp(1 - TOP, ranks, owned)
    return {name: float(number) for name, number in numbers.items()}
