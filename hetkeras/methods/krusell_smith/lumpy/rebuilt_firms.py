"""Economies of price-taking firms, built again from what a SavedModel tells of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.compiled_economy import CompiledEconomy
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.pointwise_networks import PointwiseFirms
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.methods.krusell_smith.rules.network import NetworkRules

NETWORKS = {networks.__name__: networks for networks in (TabulatedFirms, PointwiseFirms)}


def rebuilt_firms(
    model: PriceTakingFirms,
    training: Mapping[str, Any],
    weights: Sequence[tf.Variable],
    path: np.ndarray,
    burn_in: int,
    histogram: Histogram,
) -> CompiledEconomy[FirmSimulator] | None:
    """Builds the networks or grids of an export, untrained; None if it is of a method that is not known here.

    Args:
      model: the reloaded economics.
      training: how it was found, of the metadata.
      weights: of the SavedModel, for their shapes.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that no statistic counts.
      histogram: nodes of the simulation.
    """
    rules = _rules(model, str(training.get("rules")), weights)
    if rules is None:
        return None
    place = path, burn_in, histogram
    if training.get("method") == "grid":
        names = ("num_capital", "num_mean_capital", "interpolated")
        settings = GridSettings(**{name: training[name] for name in names if name in training})
        return GridKrusellSmith(model, rules, settings, *place).economy
    networks = NETWORKS.get(str(training.get("parametrisation")))
    if networks is None:
        return None
    kernels = [tuple(each.shape) for each in weights if len(each.shape) == 2]
    width = kernels[0][1]
    depth = next(number for number, (_, nodes) in enumerate(kernels) if nodes != width)
    firms = networks(model, rules, (width,) * depth, training["price_noise"])
    return NeuralLumpy(firms, KrusellSmithSettings(price_noise=training["price_noise"]), *place).economy


def _rules(model: PriceTakingFirms, kind: str, weights: Sequence[tf.Variable]) -> ForecastRules | None:
    states, prices = model.aggregate_chain.num_states, len(model.price_names)
    size = 2 * states * (1 + prices)
    past = [each for each in weights if each.dtype == tf.float64 and tuple(each.shape)[1:] == (size,)]
    if kind not in (LogLinearRules.__name__, NetworkRules.__name__) or not past:
        return None
    lines = LogLinearRules(np.zeros((states, 2)), np.zeros((prices, states, 2)), memory=past[0].shape[0] - 1)
    return lines if kind == LogLinearRules.__name__ else NetworkRules(lines, model.mean_capital_bounds)
