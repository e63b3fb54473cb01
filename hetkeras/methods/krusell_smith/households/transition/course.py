"""The course of an economy after a shock: a model for each period, and what its households take as given.

A rate r_t is known a period ahead and paid in period t. In period t households have x_t(r_t) for each unit of the
asset, income y_t(e, r_t), and pay q_t(r_{t+1}) for what they carry on. What they carry must be what is offered in
period t + 1 at its rate. Axes: T periods, E idiosyncratic states.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy.optimize import brentq

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.errors import CalibrationError

PROBES = np.geomspace(0.01, 100.0, 9)  # consumption at which utilities are compared
INELASTIC = 1e-9  # relative difference of what is offered at the ends of the range of rates


class Given(NamedTuple):
    """What households take as given: income [T, E], price q [T], payoff x [T + 1], discount factor and limit [T]."""

    income: np.ndarray
    price: np.ndarray
    payoff: np.ndarray
    discount_factor: np.ndarray
    limit: np.ndarray


class Course:
    """Models of T periods; the last one stays for ever.

    Args:
      model: before the shock.
      path: field -> values in the first periods; the last value stays. May be empty.
      periods: T.

    Raises:
      CalibrationError: if a field is unknown or no real number, has no values or more than there are periods, or if it
        changes what has to stay: who households become, their utility, the greatest assets.
    """

    def __init__(self, model: PriceTakingHouseholds, path: Mapping[str, Sequence[float]], periods: int) -> None:
        rows = _rows(model, path, periods)
        known: dict[tuple[float, ...], PriceTakingHouseholds] = {}
        for row in rows:
            if row not in known:
                known[row] = dataclasses.replace(model, **dict(zip(path, row, strict=True)))
                _refuse_other_households(model, known[row], row, tuple(path))
        self.before, self.periods = model, periods
        self.models = [known[row] for row in rows]
        self._groups = [(each, np.array([row == key for row in rows])) for key, each in known.items()]

    @property
    def after(self) -> PriceTakingHouseholds:
        """The model that stays."""
        return self.models[-1]

    @property
    def least_assets(self) -> float:
        """The lowest of all borrowing limits."""
        return min(self.before.borrowing_limit, *(model.borrowing_limit for model, _ in self._groups))

    def given(self, rates: np.ndarray) -> Given:
        """At rates [T + 1], the last one that of the long run."""
        levels = self.before.idiosyncratic_chain.values
        income = np.empty((self.periods, len(levels)))
        price, payoff, patience, limit = (np.empty(self.periods) for _ in range(4))
        for model, when in self._groups:
            now, ahead = (tf.constant(part[when]) for part in (rates[:-1], rates[1:]))
            income[when] = tf.broadcast_to(model.income(tf.constant(levels), now[:, None]), (len(now), len(levels)))
            price[when], payoff[when] = model.asset_price(ahead), model.asset_payoff(now)
            patience[when], limit[when] = model.discount_factor, model.borrowing_limit
        last = float(self.after.asset_payoff(tf.constant(rates[-1])))
        return Given(income, price, np.append(payoff, last), patience, limit)

    def offered(self, rates: np.ndarray) -> np.ndarray:
        """Assets that others offer in each period at its rate, [T + 1] at rates [T + 1]."""
        found = np.empty(self.periods)
        for model, when in self._groups:
            found[when] = model.supply(tf.constant(rates[:-1][when]))
        return np.append(found, float(self.after.supply(tf.constant(rates[-1]))))

    def first_rate(self, usual: float, held: float) -> float:
        """The rate r_0 in the period of the shock, when what is held has been chosen.

        Args:
          usual: the rate that was expected.
          held: assets.

        Raises:
          CalibrationError: if no rate in the range of the model makes others want what is held.
        """
        model = self.models[0]
        low, high = model.interest_bounds
        excess = [float(model.supply(tf.constant(rate, tf.float64))) - held for rate in (low, high)]
        if abs(excess[0] - excess[1]) <= INELASTIC * max(abs(held), 1.0):
            return usual  # what is offered says nothing of the rate: it was promised
        if excess[0] * excess[1] > 0:
            raise CalibrationError(
                f"in the period of the shock households hold {held:.6g}, and from {excess[1] + held:.6g} to "
                f"{excess[0] + held:.6g} is wanted at rates from {low:.4g} to {high:.4g}; expected a smaller shock or "
                "wider interest_bounds"
            )
        return brentq(lambda rate: float(model.supply(tf.constant(rate, tf.float64))) - held, low, high, xtol=1e-15)


def _rows(model: PriceTakingHouseholds, path: Mapping[str, Sequence[float]], periods: int) -> list[tuple[float, ...]]:
    columns = []
    for name, values in path.items():
        model.refuse_unknown(name, "path: ")
        if type(model).fields()[name].kind is not float:
            raise CalibrationError(f"path: {name} cannot vary; expected a field that is one real number")
        column = np.atleast_1d(np.asarray(values, float))
        if column.ndim != 1 or not 1 <= len(column) <= periods:
            raise CalibrationError(
                f"path: {name} has values of the shape {column.shape}; expected 1 to {periods} in a row, one a period"
            )
        columns.append(np.append(column, np.full(periods - len(column), column[-1])).tolist())
    return [tuple(column[t] for column in columns) for t in range(periods)]


def _refuse_other_households(
    model: PriceTakingHouseholds, other: PriceTakingHouseholds, row: tuple[float, ...], names: tuple[str, ...]
) -> None:
    old, new = model.idiosyncratic_chain, other.idiosyncratic_chain
    probes = tf.constant(PROBES)
    changed = {
        "how likely households come to other states": not np.array_equal(old.transition, new.transition),
        "levels of their states": not np.array_equal(old.values, new.values),
        "marginal utility": not np.array_equal(model.marginal_utility(probes), other.marginal_utility(probes)),
        "greatest_assets": model.greatest_assets != other.greatest_assets,
    }
    for what, differs in changed.items():
        if differs:
            told = ", ".join(f"{name}={value:.6g}" for name, value in zip(names, row, strict=True))
            raise CalibrationError(f"path: {told} changes {what}, which has to stay; expected a field that does not")
