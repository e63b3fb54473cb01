"""How assets held in every period move with the rate of every period, around a stationary equilibrium.

One shock to the last rate of a long path says it all: what households do u periods before a rate moves is the same
whenever that is, and where they go from there follows from stationary behavior (Auclert, Bardoczy, Rognlie and Straub
2021, proposition 1). Axes: T periods, S periods of the rate, E idiosyncratic states, H nodes of assets.
"""

from __future__ import annotations

import numpy as np

from hetkeras.methods.krusell_smith.households.transition.course import Course
from hetkeras.methods.krusell_smith.households.transition.household_path import Foresight
from hetkeras.methods.krusell_smith.households.wealth import moves

STEP = 1e-6  # of the rate


def rate_slopes(
    households: Foresight, resting: Course, rate: float, consumption: np.ndarray, mass: np.ndarray
) -> np.ndarray:
    """Derivatives of what is held at the end of period t in the rate of period s, [T, S = T].

    Args:
      households: at their nodes.
      resting: T periods of the model that stays.
      rate, consumption, mass: of its stationary equilibrium; a scalar, [E, H] and [E, H].
    """
    periods = resting.periods
    rates = np.full(periods + 1, rate)
    shocked = rates.copy()
    shocked[periods - 1] += STEP
    usual, other = (households.choices(resting.given(each), consumption)[1] for each in (rates, shocked))
    responses = ((other - usual) / STEP)[::-1]  # [u, E, H], u periods ahead of the rate
    going = usual[-1]
    today = np.einsum("ueh,eh->u", responses, mass)
    news = np.empty((periods, periods))
    news[0] = today
    if periods > 1:
        arrived = _arrivals(households.nodes, going, responses * mass, resting.before.idiosyncratic_chain.transition)
        onward = moves(households.nodes, going, resting.before.idiosyncratic_chain.transition).T
        ahead = going.ravel()  # what each household will hold, t - 1 periods after it arrived
        for t in range(1, periods):
            news[t] = arrived @ ahead
            ahead = onward @ ahead
    slopes = news.copy()
    for t in range(1, periods):
        slopes[t, 1:] += slopes[t - 1, :-1]
    return slopes


def _arrivals(nodes: np.ndarray, going: np.ndarray, change: np.ndarray, transition: np.ndarray) -> np.ndarray:
    """By how much mass next period changes, [U, E H], where a mass goes further by a change [U, E, H] in sum."""
    inside = (going > nodes[0]) & (going < nodes[-1])
    below = np.clip(np.searchsorted(nodes, going, side="right") - 1, 0, len(nodes) - 2)
    rate = np.where(inside, change / np.diff(nodes)[below], 0.0)
    moved = np.zeros_like(change)
    for e, place in enumerate(below):
        by_node = moved[:, e].T  # a view, [H, U]
        np.add.at(by_node, place, -rate[:, e].T)
        np.add.at(by_node, place + 1, rate[:, e].T)
    return np.einsum("ef,ueh->ufh", transition, moved).reshape(len(change), -1)
