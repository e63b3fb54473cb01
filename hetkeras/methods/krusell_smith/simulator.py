"""Moves economies of firms through time: one compiled loop over periods, every market cleared in each."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.firms import Firms

Forecast = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, ...]]
"""What firms expect: (aggregate index [B], mean capital [B]) -> (K', p), or more prices, [B] each."""

ModelT = TypeVar("ModelT", bound=Firms)
PolicyT = TypeVar("PolicyT")


class FirmPaths(NamedTuple):
    """series: name -> [T, B], float64; mass: distribution of firms after the last period, usual: its mean, [B, ...]."""

    series: dict[str, np.ndarray]
    mass: np.ndarray
    usual: np.ndarray


class Resources(NamedTuple):
    """Goods at a price, and capital that is left of a distribution of firms; [B] each.

    made: output less the costs that take goods; wanted: consumption that households want at the price; remaining:
    capital after depreciation.
    """

    made: tf.Tensor
    wanted: tf.Tensor
    remaining: tf.Tensor


class EconomySimulator(abc.ABC, Generic[ModelT, PolicyT]):
    """B economies, each a distribution of firms; what a period does is left to the kind of firm.

    The series `resource_gap` audits each period from outside: goods made, less consumption that households want at the
    price, less what capital grew by from one distribution to the next beyond depreciation, over consumption. It counts
    no investment, so that goods which `period` loses or invents show in it although the market clears.

    Args:
      model: the economics.
      policy: the choices.
      names: of the series that `period` tells.
    """

    ends: tuple[str, str] = ("firms_at_least_capital", "firms_at_greatest_capital")
    """What shares of agents at the first and the last node are called."""

    def __init__(self, model: ModelT, policy: PolicyT, names: tuple[str, ...]) -> None:
        self.model, self.policy, self.names = model, policy, (*names, "resource_gap")
        self._loop = compiled(self._simulate)

    @abc.abstractmethod
    def even_mass(self) -> np.ndarray:
        """Firms spread evenly over all nodes, [...]."""

    @abc.abstractmethod
    def mass_at(self, capital: float) -> np.ndarray:
        """Firms that all have this capital, spread evenly over all else, [...]."""

    @abc.abstractmethod
    def capital_shares(self, mass: np.ndarray) -> np.ndarray:
        """Shares of firms by node of capital, [H] of a distribution [...]."""

    def starting_mass(self, num_economies: int) -> np.ndarray:
        """Firms spread evenly, or all at rest where mean capital would else be out of its range, [B, ...]."""
        mass, (low, high) = self.even_mass(), self.model.mean_capital_bounds
        if not low <= float(self.mean_capital(tf.constant(mass[None]))[0]) <= high:
            chain = self.model.aggregate_chain
            mass = self.mass_at(self.model.frictionless_steady_state(float(chain.values[chain.num_states // 2]))[0])
        return np.broadcast_to(mass, (num_economies, *mass.shape))

    @abc.abstractmethod
    def check_mass(self, mass: np.ndarray) -> None:
        """Refuses what is no distribution [B, ...] of firms.

        Raises:
          CalibrationError: saying why.
        """

    def states(self, aggregate: tf.Tensor, period: tf.Tensor) -> tf.Tensor:
        """What a period is told of a path [T, B] of aggregate states: its own, [B]."""
        return aggregate[period]

    @abc.abstractmethod
    def period(
        self, index: tf.Tensor, mass: tf.Tensor, *carry: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, ...], dict[str, tf.Tensor]]:
        """One period at aggregate indices [B]: the next mass and carry, and name -> [B] for each of the names.

        Carried over are the price relative to what was expected and the slope of excess demand, [B] each: where the
        search for the next price starts.
        """

    def first_carry(self, num_economies: int) -> tuple[tf.Tensor, ...]:
        """What the first period starts from: expected prices are right, and a slope of one."""
        carry = tf.ones((2, num_economies), tf.float64)
        return carry[0], carry[1]

    @abc.abstractmethod
    def mean_capital(self, mass: tf.Tensor) -> tf.Tensor:
        """Capital per firm of distributions [B, ...], [B]."""

    @abc.abstractmethod
    def resources(self, index: tf.Tensor, mass: tf.Tensor, row: Mapping[str, tf.Tensor]) -> Resources:
        """Goods and capital of a period, from its first distribution and what `period` tells of it, [B] each."""

    def _resource_gap(
        self, index: tf.Tensor, mass: tf.Tensor, following: tf.Tensor, row: Mapping[str, tf.Tensor]
    ) -> tf.Tensor:
        goods = self.resources(index, mass, row)
        return (goods.made - goods.wanted - (self.mean_capital(following) - goods.remaining)) / goods.wanted

    def run(self, aggregate: np.ndarray, mass: np.ndarray | None = None, periods: int | None = None) -> FirmPaths:
        """Simulates B economies along paths of aggregate states.

        Args:
          aggregate: indices [T, B].
          mass: [B, ...] of the first period; default: `starting_mass`.
          periods: stop after so many, without compiling anew for a shorter path; default: all T.

        Raises:
          CalibrationError: if an index is out of range or the mass is not a distribution.
        """
        aggregate = np.asarray(aggregate)
        self._check_path(aggregate)
        if mass is None:
            mass = self.starting_mass(aggregate.shape[1])
        self.check_mass(mass)
        last = len(aggregate) if periods is None else min(periods, len(aggregate))
        paths = tf.constant(aggregate, tf.int32)
        rows, *final = self._loop(paths, tf.constant(mass, tf.float64), tf.constant(last))
        series = dict(zip(self.names, np.moveaxis(rows.numpy()[:last], 1, 0), strict=True))
        return FirmPaths(series, *(each.numpy() for each in final))

    def _check_path(self, aggregate: np.ndarray) -> None:
        if aggregate.ndim != 2 or aggregate.size == 0 or not np.issubdtype(aggregate.dtype, np.integer):
            raise CalibrationError(
                f"the path of aggregate states has the shape {aggregate.shape} and type {aggregate.dtype}; expected "
                "whole numbers [T, B]"
            )
        outside = (aggregate < 0) | (aggregate >= self.model.aggregate_chain.num_states)
        if outside.any():
            period = int(np.argwhere(outside)[0][0])
            raise CalibrationError(
                f"the path of aggregate states is {aggregate[period].tolist()} in period {period}; expected indices "
                f"from 0 to {self.model.aggregate_chain.num_states - 1}"
            )

    def _simulate(self, aggregate: tf.Tensor, mass: tf.Tensor, last: tf.Tensor) -> tuple[tf.Tensor, ...]:
        periods, economies = aggregate.shape
        rows = tf.TensorArray(tf.float64, periods, element_shape=(len(self.names), economies))

        def body(
            t: tf.Tensor, rows: tf.TensorArray, total: tf.Tensor, *state: tf.Tensor
        ) -> tuple[tf.Tensor | tf.TensorArray, ...]:
            index = self.states(aggregate, t)
            following, row = self.period(index, *state)
            row["resource_gap"] = self._resource_gap(index, state[0], following[0], row)
            row = tf.stack([row[name] for name in self.names])
            return t + 1, rows.write(t, row), total + following[0], *following

        start = (tf.constant(0), rows, tf.zeros_like(mass), mass, *self.first_carry(economies))
        _, rows, total, mass, *_ = tf.while_loop(lambda t, *_: t < last, body, start, maximum_iterations=periods)
        return rows.stack(), mass, total / tf.cast(last, total.dtype)
