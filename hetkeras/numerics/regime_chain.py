"""A process whose innovations are small or large by regime, on one grid (Yokomoto 2026, eqs. 39-40).

Tomorrow's state is drawn with the volatility of today's regime; then the regime moves. Axes: S states, R regimes.
"""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np

from hetkeras.errors import CalibrationError
from hetkeras.numerics.approximation import Approximation
from hetkeras.numerics.markov_chain import MarkovChain


@dataclasses.dataclass(frozen=True)
class RegimeChain:
    """One Markov chain for each regime, all on the same values.

    Args:
      values: [S].
      transitions: [R, S, S], by today's regime, from row to column.
      approximates: the processes that the chain was made for, one for each regime, or none.

    Raises:
      CalibrationError: if there is no regime, or that of any of them is no Markov chain.
    """

    values: np.ndarray
    transitions: np.ndarray
    approximates: tuple[Approximation, ...] = dataclasses.field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.transitions.ndim != 3 or not self.num_regimes:
            raise CalibrationError(f"transitions have the shape {self.transitions.shape}; expected [R, S, S], R > 0")
        for transition in self.transitions:
            MarkovChain(self.values, transition)

    def as_dict(self) -> dict[str, list]:
        """Levels and transition matrices, one for each regime, as lists, ready for JSON."""
        return {"levels": self.values.tolist(), "transitions": self.transitions.tolist()}

    @property
    def num_states(self) -> int:
        """S."""
        return len(self.values)

    @property
    def num_regimes(self) -> int:
        """R."""
        return len(self.transitions)

    @classmethod
    def tauchen(
        cls, num_states: int, persistence: float, volatilities: tuple[float, ...], num_deviations: float
    ) -> Self:
        """Discretizes x' = rho x + sigma e with one sigma for each regime, on the grid of the first.

        A regime whose innovations are large beside the grid puts much mass on its ends.

        Raises:
          CalibrationError: if there is no volatility, or an argument is out of range; see `MarkovChain.tauchen`.
        """
        if not volatilities:
            raise CalibrationError("a chain with regimes got no volatilities; expected one for each regime")
        values = MarkovChain.tauchen(num_states, persistence, volatilities[0], num_deviations).values
        chains = [MarkovChain.on_grid(values, persistence, volatility) for volatility in volatilities]
        made_for = tuple(each for chain in chains for each in chain.approximates)
        return cls(values, np.stack([chain.transition for chain in chains]), made_for)

    def exp(self) -> Self:
        """The same chains with the exponentials of the values."""
        return type(self)(np.exp(self.values), self.transitions, self.approximates)

    def joint(self, regimes: MarkovChain) -> MarkovChain:
        """The chain of (state, regime, lagged regime), flattened in this order: S R R states, with their values.

        The lagged regime changes no probability, but tells how the states of today were spread.

        Raises:
          CalibrationError: if the numbers of regimes disagree.
        """
        if regimes.num_states != self.num_regimes:
            raise CalibrationError(
                f"the chain of regimes has {regimes.num_states} states; expected {self.num_regimes}, one for each"
            )
        lagging = np.eye(self.num_regimes)  # tomorrow's lagged regime is today's
        size = self.num_states * self.num_regimes**2
        moves = np.einsum("rsx,rq,rl->srxql", self.transitions, regimes.transition, lagging)
        transition = np.repeat(moves[:, :, None], self.num_regimes, axis=2).reshape(size, size)
        return MarkovChain(np.repeat(self.values, self.num_regimes**2), transition)
