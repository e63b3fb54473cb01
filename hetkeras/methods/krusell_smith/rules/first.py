"""Rules of a file to start from: read, and refused where they cannot be of the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.firms import Firms
from hetkeras.methods.krusell_smith.rules.files import read_rules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules, rules_at_rest


def first_rules(path: Path, model: Firms, damping: float, memory: int) -> LogLinearRules:
    """Reads rules for a model.

    Raises:
      CalibrationError: if the file holds no rules for it, they explode, or are in reversed order.
    """
    capital, price = read_rules(path, model.aggregate_chain.num_states, model.price_names)
    shares, slopes = model.aggregate_chain.stationary(), capital[:, 1]
    if shares @ np.log(np.maximum(np.abs(slopes), 1e-12)) >= 0:
        raise CalibrationError(
            f"{path}: mean capital explodes with slopes of {slopes.min():.4g} to {slopes.max():.4g}; expected a "
            "capital_slope below 1, at least where the economy mostly is"
        )
    rules = LogLinearRules(capital, price, damping, memory)
    if _reversed(rules, rules_at_rest(model), shares):
        raise CalibrationError(
            f"{path}: mean capital and price move against the aggregate states; the rows seem to be in reversed order: "
            "expected that of the states"
        )
    return rules


def explosive_states(rules: LogLinearRules) -> list[int]:
    """Aggregate states in which mean capital would explode."""
    return np.flatnonzero(np.abs(rules.coefficients.numpy()[0, :, 1]) >= 1).tolist()


def _reversed(rules: LogLinearRules, rests: LogLinearRules, shares: np.ndarray) -> bool:
    """Whether forecasts at one mean capital fall where rest points rise, of capital and of each price."""
    capital = rests.coefficients.numpy()[0]
    middle = shares @ (capital[:, 0] / (1 - capital[:, 1]))
    found, expected = (each.coefficients.numpy() @ [1, middle] for each in (rules, rests))  # [1 + P, A]
    moves = [each - each @ shares[:, None] for each in (found, expected)]
    return bool(((moves[0] * moves[1]) @ shares < 0).all())
