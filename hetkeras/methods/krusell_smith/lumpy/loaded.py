"""A reloaded SavedModel of an economy of price-taking firms as choices that can be simulated and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.firm_choice import LumpyFirms
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy


class LoadedOutlook(NamedTuple):
    """Inputs of the exported functions: levels of the aggregate state and mean capital, [B]."""

    aggregate: tf.Tensor
    mean_capital: tf.Tensor


class LoadedFirmPolicy(FirmPolicy):
    """Choices and values out of exported functions alone.

    Args:
      model: the reloaded economics.
      signatures: name -> exported function.
    """

    def __init__(self, model: PriceTakingFirms, signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]) -> None:
        self.model, self.signatures = model, signatures

    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        inputs = {"aggregate": self._level(aggregate), "mean_capital": mean_capital}
        found = self.signatures["forecast"](**{name: tf.cast(tensor, tf.float32) for name, tensor in inputs.items()})
        return tuple(tf.cast(found[name], tf.float64) for name in ("mean_capital_next", *self.model.price_names))

    def outlook(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> LoadedOutlook:
        return LoadedOutlook(self._level(aggregate), mean_capital)

    def continuation(self, outlook: LoadedOutlook, capital_next: tf.Tensor) -> tf.Tensor:
        return self.signatures["continuation"](**outlook._asdict(), capital_next=capital_next)["continuation_value"]

    def target(self, outlook: LoadedOutlook, price: tf.Tensor) -> tf.Tensor:
        return self.signatures["targets"](**outlook._asdict(), price=price)["target_capital"]

    def value(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, capital: tf.Tensor) -> tf.Tensor:
        """Value of firms with capital [B, P] at indices and mean capital [B]: [B, E, P]."""
        states = self.model.idiosyncratic_chain.values
        shape = (*capital.shape[:1], len(states), *capital.shape[1:])
        firm = {"idiosyncratic": tf.constant(states)[:, None], "capital": capital[:, None]}
        economy = {"aggregate": self._level(aggregate), "mean_capital": mean_capital}
        firm |= {name: tensor[:, None, None] for name, tensor in economy.items()}
        rows = {name: tf.reshape(tf.broadcast_to(tensor, shape), (-1,)) for name, tensor in firm.items()}
        found = self.signatures["value"](**{name: tf.cast(tensor, tf.float32) for name, tensor in rows.items()})
        return tf.reshape(tf.cast(found["value"], tf.float64), shape)

    def inputs(self, firms: LumpyFirms) -> dict[str, tf.Tensor]:
        """Firms by the names of exported inputs, float64 [B] each."""
        levels = tf.gather(tf.constant(self.model.idiosyncratic_chain.values), firms.idiosyncratic)
        named = firms._replace(idiosyncratic=levels, aggregate=self._level(firms.aggregate))._asdict()
        return {name: each for name, each in named.items() if each is not None}

    def _level(self, aggregate: tf.Tensor) -> tf.Tensor:
        return tf.gather(tf.constant(self.model.aggregate_chain.values), aggregate)
