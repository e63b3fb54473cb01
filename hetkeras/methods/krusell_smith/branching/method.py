"""What a method for firms with branches exports, beyond what a simulation asks of it."""

from __future__ import annotations

import abc

import tensorflow as tf

from hetkeras.contracts.branching_firms import FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.policy import BranchPolicy


class BranchingMethod(BranchPolicy, abc.ABC):
    """Choices and values also of single firms anywhere; B rows, the aggregate state as an index [B], K [B]."""

    @abc.abstractmethod
    def choose_firms(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, price: tf.Tensor, firm: FirmState
    ) -> tuple[tf.Tensor, FirmChoice]:
        """Probabilities of the branches [B, R] and the choice in the likeliest [B], of firms [B] at prices [B]."""

    @abc.abstractmethod
    def worth(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, firm: FirmState) -> tf.Tensor:
        """V of firms [B] in marginal utility at the expected price, [B]."""

    @abc.abstractmethod
    def values(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        """V at the nodes of the histogram, [B, E, H, L]."""

    @abc.abstractmethod
    def continuation(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        """beta E V' of ending the period at the nodes of the histogram, [B, E, H, L]."""
