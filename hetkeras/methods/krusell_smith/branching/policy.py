"""What a simulation of firms with branches asks of a solution, whatever method found it."""

from __future__ import annotations

import abc
from typing import Any

import tensorflow as tf

from hetkeras.contracts.branching_firms import FirmChoice
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram


class BranchPolicy(abc.ABC):
    """Choices of firms at the nodes of a histogram; axes B economies, E productivities, H and L nodes."""

    histogram: JointHistogram

    @abc.abstractmethod
    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What firms expect: next period's mean capital [B] and today's price [B], from indices and K [B]."""

    @abc.abstractmethod
    def outlook(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, inhabited: tf.Tensor | None = None) -> Any:
        """All that a period's choices need and that does not depend on the price.

        Args:
          aggregate: indices [B].
          mean_capital: K [B].
          inhabited: 1 for pairs of nodes where there are firms, 0 where choices do not matter, [H, L]; None for all.
        """

    @abc.abstractmethod
    def choose(self, outlook: Any, price: tf.Tensor) -> FirmChoice:
        """What firms at all nodes choose at a price [B]: [B, E, H, L] each."""

    def packed(self, outlook: Any, price: tf.Tensor) -> Any:
        """What `choose` tells as tensors [B, E, H, L], as few as say it all: a search for a price keeps them."""
        return self.choose(outlook, price)

    def blank(self, mass: tf.Tensor) -> Any:
        """Zeros in the place of what is packed, for mass [B, E, H, L]."""
        return FirmChoice(*[tf.zeros_like(mass)] * len(FirmChoice._fields))

    def unpacked(self, packed: Any) -> FirmChoice:
        """The choice that was packed."""
        return packed

    def moved(self, mass: tf.Tensor, packed: Any) -> tf.Tensor:
        """Mass [B, E, H, L] where a choice takes it, before productivities change: [B, E, H, L]."""
        choice = self.unpacked(packed)
        return self.histogram.moved(mass, choice.capital_next, choice.labor)
