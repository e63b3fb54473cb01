"""Finite Markov chains: an AR(1) discretized by Tauchen (1986) or Rouwenhorst (1995), paths, long-run shares."""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np
from scipy.special import ndtr

from hetkeras.errors import CalibrationError
from hetkeras.numerics.approximation import Approximation, long_run_shares

ROUNDING = 1e-12  # of the largest value, up to which a mean is zero


@dataclasses.dataclass(frozen=True)
class MarkovChain:
    """S states with their values and transition probabilities.

    Args:
      values: [S].
      transition: [S, S], from row to column.
      approximates: the process that the chain was made for, if any, alone in a tuple.

    Raises:
      CalibrationError: if a row does not sum to one, an entry is negative or not finite, or the sizes disagree.
    """

    values: np.ndarray
    transition: np.ndarray
    approximates: tuple[Approximation, ...] = dataclasses.field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        sizes = self.values.shape, self.transition.shape
        if not self.values.size or sizes != ((self.num_states,), (self.num_states, self.num_states)):
            raise CalibrationError(f"values and transition have the shapes {sizes}; expected [S] and [S, S]")
        if not (np.isfinite(self.values).all() and np.isfinite(self.transition).all() and self.transition.min() >= 0):
            raise CalibrationError("a Markov chain needs finite values and probabilities that are not negative")
        worst = int(np.argmax(np.abs(self.transition.sum(1) - 1)))
        if abs(self.transition[worst].sum() - 1) > 1e-8:
            raise CalibrationError(
                f"row {worst} of the transition matrix sums to {self.transition[worst].sum():.6g}; expected 1"
            )

    def as_dict(self) -> dict[str, list]:
        """Levels and transition matrix as lists, ready for JSON."""
        return {"levels": self.values.tolist(), "transition": self.transition.tolist()}

    @property
    def num_states(self) -> int:
        """S."""
        return len(self.values)

    @classmethod
    def tauchen(cls, num_states: int, persistence: float, volatility: float, num_deviations: float) -> Self:
        """Discretizes x' = rho x + sigma e on an even grid over num_deviations unconditional standard deviations.

        Args:
          num_states: S, at least 2.
          persistence: rho, between -1 and 1.
          volatility: sigma, above 0.
          num_deviations: half the width of the grid.

        Raises:
          CalibrationError: if an argument is out of range.
        """
        if num_states < 2 or not -1 < persistence < 1 or not volatility > 0 or not num_deviations > 0:
            raise CalibrationError(
                f"Tauchen's method got {num_states} states, persistence {persistence}, volatility {volatility} and "
                f"{num_deviations} deviations; expected at least 2 states, |persistence| < 1, the others above 0"
            )
        width = num_deviations * volatility / np.sqrt(1 - persistence**2)
        return cls.on_grid(np.linspace(-width, width, num_states), persistence, volatility)

    @classmethod
    def on_grid(cls, values: np.ndarray, persistence: float, volatility: float) -> Self:
        """Discretizes x' = rho x + sigma e on given values [S]: each stands for what is nearer to it than to others.

        Args:
          values: [S], rising.
          persistence: rho.
          volatility: sigma, above 0; need not be the one that the grid was made for.

        Raises:
          CalibrationError: if the values do not rise or the volatility is not above 0.
        """
        if not (np.diff(values) > 0).all() or not volatility > 0:
            raise CalibrationError(
                f"a chain on given values got {np.asarray(values).tolist()} and volatility {volatility}; expected "
                "values that rise and a volatility above 0"
            )
        edges = np.concatenate([[-np.inf], (values[:-1] + values[1:]) / 2, [np.inf]])
        transition = np.diff(ndtr((edges - persistence * values[:, None]) / volatility), axis=1)
        return cls(values, transition, _made_for(persistence, volatility, values, transition))

    @classmethod
    def rouwenhorst(cls, num_states: int, persistence: float, volatility: float) -> Self:
        """Discretizes x' = rho x + sigma e with the autocorrelation and the standard deviation of the process.

        Both are exact for any number of states, also where persistence is close to 1 and Tauchen's chain hardly moves.

        Args:
          num_states: S, at least 2.
          persistence: rho, between -1 and 1.
          volatility: sigma, above 0.

        Raises:
          CalibrationError: if an argument is out of range.
        """
        if num_states < 2 or not -1 < persistence < 1 or not volatility > 0:
            raise CalibrationError(
                f"Rouwenhorst's method got {num_states} states, persistence {persistence} and volatility {volatility}; "
                "expected at least 2 states, |persistence| < 1, the volatility above 0"
            )
        stays = (1 + persistence) / 2
        transition = np.ones((1, 1))
        for size in range(2, num_states + 1):  # one more coin, which stays as it is or turns
            grown = np.zeros((size, size))
            for rows, columns, chance in ((0, 0, stays), (0, 1, 1 - stays), (1, 0, 1 - stays), (1, 1, stays)):
                grown[rows : rows + size - 1, columns : columns + size - 1] += chance * transition
            grown[1:-1] /= 2
            transition = grown
        width = np.sqrt(num_states - 1) * volatility / np.sqrt(1 - persistence**2)
        values = np.linspace(-width, width, num_states)
        return cls(values, transition, _made_for(persistence, volatility, values, transition))

    def exp(self) -> Self:
        """The same chain with the exponentials of the values."""
        return type(self)(np.exp(self.values), self.transition, self.approximates)

    def with_mean(self, mean: float) -> Self:
        """The same chain with its values scaled to a mean in the long run.

        Raises:
          CalibrationError: if the mean of the present values is zero.
        """
        present = float(self.stationary() @ self.values)
        if abs(present) <= ROUNDING * np.abs(self.values).max():
            raise CalibrationError(f"values with a mean of zero were to be scaled to {mean:.6g}; shift them instead")
        return type(self)(self.values * (mean / present), self.transition, self.approximates)

    def stationary(self) -> np.ndarray:
        """Returns the long-run shares of the states, [S]."""
        return long_run_shares(self.transition)

    def paths(self, start: int | np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        """Draws paths by inversion: indices [T, ...] from first states and uniforms [T, ...] on (0, 1).

        The first period is `start` itself; its uniforms are not used.

        Raises:
          CalibrationError: if a first state is out of range.
        """
        if np.min(start) < 0 or np.max(start) >= self.num_states:
            raise CalibrationError(f"a path starts in state {start}; expected indices from 0 to {self.num_states - 1}")
        cumulative = np.cumsum(self.transition, 1)[:, :-1]
        states = np.empty(uniforms.shape, np.int32)
        states[0] = start
        for t in range(1, len(uniforms)):
            states[t] = (uniforms[t][..., None] > cumulative[states[t - 1]]).sum(-1)
        return states


def _made_for(
    persistence: float, volatility: float, values: np.ndarray, transition: np.ndarray
) -> tuple[Approximation, ...]:
    """Only processes that return have moments in the long run."""
    return (Approximation(persistence, volatility, values, transition),) if -1 < persistence < 1 else ()
