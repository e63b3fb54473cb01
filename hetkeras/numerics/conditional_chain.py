"""A chain whose moves depend on how another one moved: employment that depends on the business cycle.

Axes: A states of the aggregate chain, E states of this one.
"""

from __future__ import annotations

import dataclasses
from typing import Self

import numpy as np

from hetkeras.errors import CalibrationError
from hetkeras.numerics.approximation import long_run_shares
from hetkeras.numerics.markov_chain import MarkovChain

ROUNDING = 1e-5  # of probabilities that papers print


@dataclasses.dataclass(frozen=True)
class ConditionalChain:
    """E states; how a household moves depends on the aggregate state of today and of tomorrow.

    Args:
      values: [E].
      transitions: [A, A, E, E], by aggregate state today and tomorrow, from row to column.

    Raises:
      CalibrationError: if the sizes disagree, or a row of probabilities is none.
    """

    values: np.ndarray
    transitions: np.ndarray

    def __post_init__(self) -> None:
        aggregate, shape = len(self.transitions), self.transitions.shape
        if not aggregate or shape != (aggregate, aggregate, self.num_states, self.num_states):
            raise CalibrationError(
                f"a conditional chain got values {self.values.shape} and transitions {shape}; expected [E] and "
                "[A, A, E, E]"
            )
        for today, rows in enumerate(self.transitions):
            for tomorrow, transition in enumerate(rows):
                try:
                    MarkovChain(self.values, transition)
                except CalibrationError as error:
                    raise CalibrationError(f"from aggregate state {today} to {tomorrow}: {error}") from error

    @classmethod
    def of_joint(cls, values: np.ndarray, joint: np.ndarray, aggregate: MarkovChain) -> Self:
        """From the joint matrix that papers print, by (aggregate, own) state: the latter runs faster.

        Args:
          values: [E].
          joint: [A E, A E].
          aggregate: A states.

        Raises:
          CalibrationError: if rows of the matrix do not sum to the moves of the aggregate chain.
        """
        sizes = (aggregate.num_states, len(values))
        if joint.shape != (sizes[0] * sizes[1],) * 2:
            raise CalibrationError(
                f"the joint matrix has the shape {joint.shape}; expected {(sizes[0] * sizes[1],) * 2}"
            )
        blocks = joint.reshape(*sizes, *sizes)  # [A, E, A, E]
        sums = blocks.sum(3)
        gaps = np.abs(sums - aggregate.transition[:, None])
        if not gaps.max() <= ROUNDING:
            today, own, tomorrow = np.unravel_index(np.argmax(gaps), gaps.shape)
            raise CalibrationError(
                f"row {own + sizes[1] * today} of the joint matrix sums to {sums[today, own, tomorrow]:.6g} over moves "
                f"from aggregate state {today} to {tomorrow}; expected {aggregate.transition[today, tomorrow]:.6g}, as "
                "in the chain of aggregate states"
            )
        impossible = np.eye(sizes[1])  # moves that never happen change nothing
        possible = sums[..., None] > 0
        shares = np.where(possible, blocks / np.where(possible, sums[..., None], 1), impossible[:, None, :])
        return cls(values, shares.transpose(0, 2, 1, 3))

    def as_dict(self) -> dict[str, list]:
        """Levels and transition matrices as lists, ready for JSON."""
        return {"levels": self.values.tolist(), "transitions": self.transitions.tolist()}

    @property
    def num_states(self) -> int:
        """E."""
        return len(self.values)

    def joint(self, aggregate: MarkovChain) -> np.ndarray:
        """The matrix by (aggregate, own) state, [A E, A E]."""
        size = aggregate.num_states * self.num_states
        return np.einsum("ab,abef->aebf", aggregate.transition, self.transitions).reshape(size, size)

    def shares(self, aggregate: MarkovChain) -> np.ndarray:
        """Long-run shares of the states in each aggregate state, [A, E]."""
        both = long_run_shares(self.joint(aggregate)).reshape(aggregate.num_states, self.num_states)
        return both / both.sum(1, keepdims=True)

    def misfit(self, aggregate: MarkovChain) -> float:
        """Largest distance of shares after a move to those of the state it leads to: zero if they need no history."""
        shares = self.shares(aggregate)
        moved = np.einsum("ae,abef->abf", shares, self.transitions)
        return float(np.max(np.abs(moved - shares) * (aggregate.transition > 0)[..., None]))

    def paths(self, aggregate: np.ndarray, start: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        """Draws paths by inversion along aggregate states [T]: indices [T, N] from first ones [N] and uniforms [T, N].

        The first period is `start` itself; its uniforms are not used.
        """
        cumulative = np.cumsum(self.transitions, -1)[..., :-1]
        states = np.empty(uniforms.shape, np.int32)
        states[0] = start
        for t in range(1, len(uniforms)):
            moves = cumulative[aggregate[t - 1], aggregate[t]][states[t - 1]]
            states[t] = (uniforms[t][:, None] > moves).sum(-1)
        return states
