"""Builds rules, networks and solvers of economies of firms from flags."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from absl import flags

from apps.common import write_columns
from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.measure import first_rules
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.pointwise_networks import PointwiseFirms
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.methods.krusell_smith.rules.network import NetworkRules
from hetkeras.training.solver import Solver

LONGER = {"first_steps": 4000, "round_steps": 2000, "tolerance": 2e-4}
"""Settings of --preset=paper."""

PAPER = {
    "first_steps": 6000,
    "round_steps": 1000,
    "first_rate": 1e-3,
    "mean_capital_batch": 16,
    "capital_batch": 1,
    "max_rounds": 6,
}
"""Settings of --networks=paper, whose steps are dearer."""


def make_rules(model: PriceTakingFirms, chosen: flags.FlagValues) -> ForecastRules:
    """Builds the forecast rules."""
    if chosen.first_rules is not None:
        lines = LogLinearRules(*read_rules(Path(chosen.first_rules), model), chosen.damping, chosen.memory)
    else:
        lines = first_rules(model, chosen.damping, chosen.memory)
    return NetworkRules(lines, model.mean_capital_bounds, chosen.damping) if chosen.rules == "network" else lines


def make_solver(
    model: PriceTakingFirms, rules: ForecastRules, path: np.ndarray, chosen: flags.FlagValues
) -> GridKrusellSmith | NeuralKrusellSmith:
    """Builds the solver: preset, then what fits the networks, then --solver."""
    histogram = Histogram(*model.capital_bounds, chosen.histogram_nodes)
    last = {"max_rounds": 1} if chosen.fixed_rules else {}
    if chosen.method == "grid":
        settings = GridSettings(**{**last, **GridSettings.parse(chosen.solver)})
        return GridKrusellSmith(model, rules, settings, path, BURN_IN, histogram, chosen.fixed_rules)
    base = PAPER if chosen.networks == "paper" else LONGER if chosen.preset == "paper" else {}
    settings = KrusellSmithSettings(**{**base, **last, **KrusellSmithSettings.parse(chosen.solver)})
    networks = PointwiseFirms if chosen.networks == "paper" else TabulatedFirms
    width = chosen.width or (128 if chosen.networks == "paper" else 64)
    firms = networks(model, rules, (width, width), settings.price_noise)
    return NeuralKrusellSmith(firms, settings, path, BURN_IN, histogram, chosen.seed, chosen.fixed_rules)


RULES = "capital_intercept", "capital_slope", "price_intercept", "price_slope"  # columns of their files


def write_rules(path: Path, rules: ForecastRules) -> None:
    """Writes log-linear rules, one row for each aggregate state, for --first_rules; others are in the SavedModel."""
    if isinstance(rules, LogLinearRules):
        capital, price = rules.coefficients.numpy()
        write_columns(path, dict(zip(RULES, np.concatenate([capital, price], -1).T, strict=True)))


def read_rules(path: Path, model: PriceTakingFirms) -> tuple[np.ndarray, np.ndarray]:
    """Reads intercepts and slopes of log K' and log p, each [A, 2].

    Raises:
      CalibrationError: if the file cannot be read or does not hold one finite line for each aggregate state.
    """
    states = model.aggregate_chain.num_states
    try:
        with path.open(encoding="utf-8") as stream:
            table = np.array([[float(row[column]) for column in RULES] for row in csv.DictReader(stream)])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CalibrationError(f"{path} holds no forecast rules ({error!r}); expected columns {RULES}") from error
    if table.shape != (states, 4) or not np.isfinite(table).all():
        raise CalibrationError(f"{path} holds {len(table)} rules; expected {states} finite rows, one a state")
    return table[:, :2], table[:, 2:]


def price_picture(solver: Solver) -> np.ndarray:
    """Draws simulated and expected prices of the last hundred periods of the last simulation, for TensorBoard."""
    from hetkeras.report.parts.figures import policy_picture  # matplotlib, for who draws

    series = solver.round.series or {"price": np.zeros(2), "forecast_price": np.zeros(2)}
    price, expected = series["price"][-100:], series["forecast_price"][-100:]
    return policy_picture(np.arange(len(price)), price, expected)
