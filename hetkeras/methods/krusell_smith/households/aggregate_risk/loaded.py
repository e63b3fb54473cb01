"""A reloaded SavedModel of households under aggregate shocks as a policy that can be measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.methods.krusell_smith.households.aggregate_risk.saving_table import SavingTable


class Situation(NamedTuple):
    """Indices of the household's and of the aggregate state, assets and mean capital, of shapes that go together."""

    idiosyncratic: np.ndarray
    assets: np.ndarray
    aggregate: np.ndarray
    mean_capital: np.ndarray


class Choice(NamedTuple):
    """consumption, assets_next, income and interest, of the shape of a situation."""

    consumption: np.ndarray
    assets_next: np.ndarray
    income: np.ndarray
    interest: np.ndarray


class LoadedAggregateRisk:
    """The exported policy and forecast.

    Args:
      model: the reloaded economics.
      signatures: name -> exported function.
    """

    def __init__(
        self, model: AggregateRiskHouseholds, signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]
    ) -> None:
        self.model, self.signatures = model, signatures

    def choose(self, situation: Situation) -> Choice:
        """What households do."""
        shape = np.broadcast_shapes(*(np.shape(part) for part in situation))
        found = self.signatures["policy"](**self.inputs(situation))
        return Choice(*(found[name].numpy().reshape(shape) for name in Choice._fields))

    def inputs(self, situation: Situation) -> dict[str, tf.Tensor]:
        """The named inputs of all, flat."""
        own, assets, state, capital = np.broadcast_arrays(*situation)
        levels = self.model.idiosyncratic_chain.values[own], assets, self.model.aggregate_chain.values[state], capital
        rows = (tf.constant(part.ravel(), tf.float64) for part in levels)
        return dict(zip(Situation._fields, rows, strict=True))

    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """K' and what assets pay today, [B] from indices and mean capital [B]."""
        levels = tf.gather(tf.constant(self.model.aggregate_chain.values), aggregate)
        found = self.signatures["forecast"](aggregate=levels, mean_capital=mean_capital)
        return found["mean_capital_next"], 1 + found["interest"]

    def table(self, nodes: np.ndarray, num_knots: int) -> SavingTable:
        """Where the policy leads from nodes of assets [H] and knots of mean capital."""
        table = SavingTable(self.model, nodes, num_knots)
        table.assets_next.assign(self.choose(Situation(*table.places())).assets_next)
        return table
