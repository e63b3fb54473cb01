"""A reloaded SavedModel of an economy of firms with branches as choices that can be simulated and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmChoice
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.policy import BranchPolicy


class LoadedBranchPolicy(BranchPolicy):
    """Choices and values out of exported functions alone.

    Args:
      model: the reloaded economics.
      signatures: name -> exported function.
      finer: parts in which the export cuts the steps between the model's nodes of capital and of labor.
    """

    def __init__(
        self,
        model: BranchingFirms,
        signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]],
        finer: tuple[int, int] = (1, 1),
    ) -> None:
        self.model, self.signatures, self.histogram = model, signatures, JointHistogram.of(model, finer)

    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows = (tf.reshape(tensor, (-1,)) for tensor in (aggregate, mean_capital))  # the export knows no other shape
        economy = {name: tf.cast(tensor, tf.float32) for name, tensor in self.economy(*rows).items()}
        found = self.signatures["forecast"](**economy)
        shaped = (tf.reshape(found[name], mean_capital.shape) for name in ("mean_capital_next", "price"))
        return tuple(tf.cast(tensor, tf.float64) for tensor in shaped)

    def outlook(
        self, aggregate: tf.Tensor, mean_capital: tf.Tensor, inhabited: tf.Tensor | None = None
    ) -> dict[str, tf.Tensor]:
        """The named inputs of `choices` apart from the price."""
        everywhere = tf.ones(self.histogram.shape, tf.float64)
        return {**self.economy(aggregate, mean_capital), "inhabited": everywhere if inhabited is None else inhabited}

    def economy(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> dict[str, tf.Tensor]:
        """The named inputs of an economy, [B] each."""
        states = self.model.aggregate_states[1:]
        rows = (self.model.aggregate_chain.values, *(state.astype(float) for state in states))
        names = ("aggregate", "uncertainty", "lagged_uncertainty")
        levels = {name: tf.gather(tf.constant(row), aggregate) for name, row in zip(names, rows, strict=True)}
        return {**levels, "mean_capital": mean_capital}

    def choose(self, outlook: dict[str, tf.Tensor], price: tf.Tensor) -> FirmChoice:
        found = self.signatures["choices"](**outlook, price=price)
        names = ("branch", "capital_next", "labor")
        branch, *levels = (tf.ensure_shape(found[name], self._nodes(price)) for name in names)
        digits = tf.gather(tf.constant(BRANCHES, price.dtype), tf.maximum(branch, 0))
        digits = tf.where(branch[..., None] < 0, tf.constant(np.nan, price.dtype), digits)  # no answer
        return FirmChoice(*levels, *tf.unstack(digits, axis=-1))

    def values(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        """V at the nodes, [B, E, H, L], at indices and mean capital [B]."""
        found = self.signatures["values"](**self.economy(aggregate, mean_capital))["value"]
        return tf.ensure_shape(found, self._nodes(mean_capital))

    def continuation(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
        """beta E V' of ending at the nodes, [B, E, H, L]."""
        found = self.signatures["continuation"](**self.economy(aggregate, mean_capital))["continuation_value"]
        return tf.ensure_shape(found, self._nodes(mean_capital))

    def _nodes(self, economies: tf.Tensor) -> tuple[int | None, ...]:
        """The shape [B, E, H, L] of what is told of all nodes in economies [B]."""
        return (*economies.shape, self.model.idiosyncratic_chain.num_states, *self.histogram.shape)
