"""The path of rates at which households hold what is offered in every period."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy.linalg
import tensorflow as tf
from scipy.optimize import NoConvergence, broyden1

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.methods.krusell_smith.households.stationary_solver import StationarySolver
from hetkeras.methods.krusell_smith.households.transition.course import Course
from hetkeras.methods.krusell_smith.households.transition.household_path import Foresight, HouseholdPath
from hetkeras.methods.krusell_smith.households.transition.rate_slopes import rate_slopes

SINGULAR = 1e4  # condition of the slopes; where rates are determined it grows slowly with T and stays below a thousand
PRECISION = 1e-9  # of what is held, relative to what is offered
MOST = 60  # tries of a path
STEP = 1e-6  # of a rate


@dataclasses.dataclass(frozen=True)
class TransitionPath:
    """A path that clears all markets but the last, which says whether it is long enough.

    nodes: [H]; rates: [T + 1]; offered: [T + 1], in each period at its rate; households: what they do; slopes: of
    excess demand in each period in the rates from the second one on, [T - 1, T - 1], at rest; before, after: the
    stationary equilibria on the same nodes.
    """

    course: Course
    nodes: np.ndarray
    rates: np.ndarray
    offered: np.ndarray
    households: HouseholdPath
    slopes: np.ndarray
    before: StationarySolver
    after: StationarySolver

    @property
    def excess(self) -> np.ndarray:
        """Assets held beyond those offered, relative to these, at the end of each period, [T]."""
        return _excess(self.households, self.offered)

    @property
    def consumption(self) -> np.ndarray:
        """Mean over households, [T]."""
        return np.einsum("teh,teh->t", self.households.mass[:-1], self.households.consumption)


def _excess(households: HouseholdPath, offered: np.ndarray) -> np.ndarray:
    return (households.held - offered[1:]) / np.maximum(np.abs(offered[1:]), 1.0)


def solve_transition(
    course: Course, settings: StationarySettings, first: float, near: TransitionPath | None = None
) -> TransitionPath:
    """Finds the path.

    Args:
      course: the models, of 2 periods or more.
      settings: of both stationary equilibria.
      first: a rate near that before the shock.
      near: the same on other nodes, to start from.

    Raises:
      TrainingDiverged: if one of the equilibria or the path is not found.
    """
    nodes = asset_nodes(course.least_assets, course.before.greatest_assets, settings.num_assets, settings.pivot)
    before = _at_rest(course.before, settings, first, nodes)
    after = before
    if course.after != course.before:
        after = _at_rest(course.after, settings, float(before.interest), nodes)
    households, last, mass = Foresight(course.before, nodes), after.consumption.numpy(), before.mass.numpy()
    rest = float(after.interest)
    slopes = _slopes(households, course, after) if near is None else near.slopes
    rates = np.full(course.periods + 1, rest) if near is None else near.rates.copy()
    rates[0], rates[-1] = course.first_rate(float(before.interest), float(mass.sum(0) @ nodes)), rest

    def excess(inside: np.ndarray) -> np.ndarray:
        tried = np.concatenate([rates[:1], inside, rates[-1:]])
        return _excess(households.path(course.given(tried), last, mass), course.offered(tried))[:-1]

    rates[1:-1] = _root(excess, rates[1:-1], slopes)
    path = households.path(course.given(rates), last, mass)
    return TransitionPath(course, nodes, rates, course.offered(rates), path, slopes, before, after)


def _slopes(households: Foresight, course: Course, after: StationarySolver) -> np.ndarray:
    """Derivatives of the excess in all periods but the last, in the rates of all but the first, [T - 1, T - 1].

    Raises:
      TrainingDiverged: if they determine no rates.
    """
    rest, resting = float(after.interest), Course(course.after, {}, course.periods)
    held = rate_slopes(households, resting, rest, after.consumption.numpy(), after.mass.numpy())[:-1, 1:]
    offered = [float(course.after.supply(tf.constant(rate, tf.float64))) for rate in (rest, rest + STEP)]
    slopes = (held - np.eye(len(held)) * (offered[1] - offered[0]) / STEP) / max(abs(offered[0]), 1.0)
    condition = np.linalg.cond(slopes)
    if not condition <= SINGULAR:
        raise TrainingDiverged(
            f"rates that clear the markets run away (their slopes have a condition of {condition:.3g}; expected at "
            f"most {SINGULAR:.3g}): interest that was promised before moves savings more than interest to come. Let "
            "the price of the asset move instead, as in Huggett(budget='face_values')"
        )
    return slopes


def _at_rest(
    model: PriceTakingHouseholds, settings: StationarySettings, first: float, nodes: np.ndarray
) -> StationarySolver:
    solver = StationarySolver(model, settings, first, nodes)
    solver.train(tf.constant(settings.num_steps))
    return solver


def _root(excess: Callable[[np.ndarray], np.ndarray], first: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Rates [T - 1] at which nothing is in excess, by Broyden's method.

    Unknown are the excesses that the slopes would undo, so that the first step is Newton's.

    Raises:
      TrainingDiverged: if none are found.
    """
    if np.abs(excess(first)).max() <= PRECISION:
        return first
    factors = scipy.linalg.lu_factor(slopes)

    def at(undone: np.ndarray) -> np.ndarray:
        return first + scipy.linalg.lu_solve(factors, undone)

    try:
        found = broyden1(lambda x: excess(at(x)), np.zeros(len(slopes)), alpha=-1.0, f_tol=PRECISION, maxiter=MOST)
    except (NoConvergence, ValueError) as error:  # a value that is not finite
        raise TrainingDiverged(
            f"no path of rates clears all markets: it was looked for in {MOST} steps, from rates at which "
            f"{np.abs(excess(first)).max():.3g} is in excess. Try a smaller shock or one that comes over more periods"
        ) from error
    return at(found)
