"""A reloaded SavedModel of households as a policy that can be measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds


class HouseholdChoice(NamedTuple):
    """consumption, assets_next and income, [E, N] each."""

    consumption: np.ndarray
    assets_next: np.ndarray
    income: np.ndarray


class LoadedHouseholds:
    """The exported policy at any assets in all idiosyncratic states.

    Args:
      model: the reloaded economics.
      signatures: name -> exported function.
      interest: the rate that the export states.
    """

    def __init__(
        self,
        model: PriceTakingHouseholds,
        signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]],
        interest: float,
    ) -> None:
        self.model, self.signatures, self.interest = model, signatures, interest

    def choose(self, assets: np.ndarray) -> HouseholdChoice:
        """What households in each state do with assets [E, N]."""
        found = self.signatures["policy"](**self.inputs(assets))
        return HouseholdChoice(*(found[name].numpy().reshape(assets.shape) for name in HouseholdChoice._fields))

    def inputs(self, assets: np.ndarray) -> dict[str, tf.Tensor]:
        """The named inputs of all, [E N] each."""
        levels = np.broadcast_to(self.model.idiosyncratic_chain.values[:, None], assets.shape)
        return {name: tf.constant(part.ravel()) for name, part in (("idiosyncratic", levels), ("assets", assets))}
