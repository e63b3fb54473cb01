"""What can be done about a binary state: opportunities, effort to switch it on or to keep it, opportunities to leave.

With the gain G of a flip, which costs s from 0 to 1, its payoff per unit of time is

    from 0: max_e (arrival 1{G > s} + e) (G - s) - chi e^2 / 2,                      e* = max(G - s, 0) / chi,
    from 1: max_{0 <= m <= destruction} (destruction - m) G - chi m^2 / 2 + exit max(G, 0),
                                                                           m* = clip(-G / chi, 0, destruction).

The derivative in G is the rate of the flip. The models of Huang & Yu (2024) are those without efforts and exit.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class FlipEfforts:
    """Rates per unit of time; costs chi of quadratic efforts, of which zero leaves the effort out.

    In all methods `binary`, `gains` (of flips, V after less V before) and `cost` (s) broadcast to one shape [...].
    """

    arrival: float
    destruction: float
    search_cost: float = 0.0  # chi of effort e, which raises the rate of arrival
    maintenance_cost: float = 0.0  # chi of effort m, which lowers the rate of destruction
    exit_rate: float = 0.0  # of opportunities to leave

    def violations(self) -> Iterable[str]:
        """Yields a sentence for each cost or rate that is negative."""
        for name in ("search_cost", "maintenance_cost", "exit_rate"):
            if getattr(self, name) < 0:
                yield f"{name} is {getattr(self, name)}; expected above 0, or 0 to do without"

    def jump_payoff(self, binary: tf.Tensor, gains: tf.Tensor, valued: tf.Tensor, cost: tf.Tensor) -> tf.Tensor:
        """Payoff rate of flips decided by `gains` that are worth `valued`, net of costs: [...]."""
        search, kept, leaves = self._chosen(gains, cost)
        taken = tf.cast(gains > cost, gains.dtype)
        off = (self.arrival * taken + search) * (valued - cost) - self.search_cost / 2 * search**2
        on = (self.destruction - kept + leaves) * valued - self.maintenance_cost / 2 * kept**2
        return tf.where(binary > 0.5, on, off)

    def intensity(self, binary: tf.Tensor, gains: tf.Tensor, cost: tf.Tensor) -> tf.Tensor:
        """Rate of flips under the best decisions, [...]."""
        search, kept, leaves = self._chosen(gains, cost)
        off = self.arrival * tf.cast(gains > cost, gains.dtype) + search
        return tf.where(binary > 0.5, self.destruction - kept + leaves, off)

    @property
    def bounds(self) -> tuple[float, float]:
        """Rates that flips from 0 and from 1 cannot exceed; infinity where there is none."""
        return math.inf if self.search_cost else self.arrival, self.destruction + self.exit_rate

    @property
    def chosen(self) -> tuple[bool, bool]:
        """Whether flips from 0 and from 1 depend on their gains."""
        return True, bool(self.maintenance_cost or self.exit_rate)

    def _chosen(self, gains: tf.Tensor, cost: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """e*, m* and the rate of leaving, where they would apply."""
        none = tf.zeros_like(gains)
        search = tf.nn.relu(gains - cost) / self.search_cost if self.search_cost else none
        kept = (
            tf.clip_by_value(-gains / self.maintenance_cost, 0.0, self.destruction) if self.maintenance_cost else none
        )
        return search, kept, self.exit_rate * tf.cast(gains > 0, gains.dtype)
