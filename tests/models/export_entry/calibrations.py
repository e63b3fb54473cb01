"""Calibrations of export entry for tests: alike, heterogeneous, with shocks of their own, with efforts."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.models.export_entry.model import ExportEntry

RNG = np.random.default_rng(11)
PAIRS = RNG.uniform(-0.05, 0.1, (3, 3)) * (1 - np.eye(3))
COMMON = {
    "num_destinations": 3,
    "discount_rate": 0.07,
    "loss_rate": 0.15,
    "revenue": (1.0, 0.9, 1.2),
    "mean_cost": (0.8, 0.95, 0.85),
    "entry_cost": (0.8, 0.3, 0.6),
    "cost_loadings": tuple(RNG.uniform(-0.2, 0.2, 6)),
    "complementarity": tuple(PAIRS.ravel()),
}
MOVING = {"revenue_loadings": tuple(RNG.uniform(-0.2, 0.2, 6)), "own_cost_volatility": (0.1, 0.0, 0.2)}
EFFORTS = {"search_cost": 2.0, "maintenance_cost": 20.0, "exit_rate": 0.5}
CALIBRATIONS = {
    "published": ExportEntry(num_destinations=3),
    "heterogeneous": ExportEntry(**COMMON),
    "moving revenue and own shocks": ExportEntry(**COMMON, **MOVING),
    "one loading row, three factors": ExportEntry(num_destinations=2, num_factors=3, cost_loadings=(0.1, 0.2, -0.1)),
}
MODELS = pytest.mark.parametrize("model", CALIBRATIONS.values(), ids=CALIBRATIONS)


def points(model, count=40):
    """States far out and binary states, in float64."""
    rng = np.random.default_rng(0)
    state = model.long_run_mean(tf.float64) + 3 * rng.normal(size=(count, len(model.mean_state)))
    return state, tf.constant(rng.integers(0, 2, (count, model.num_binary)), tf.float64)
