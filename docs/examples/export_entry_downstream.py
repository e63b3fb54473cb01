"""Downstream: exporters simulated from a SavedModel with TensorFlow and NumPy alone; hetkeras is not imported.

Thousands of firms meet common cost shocks; `policy` says what each destination is worth to each of them. Over a short
step a destination is a chain of two states, entered at one rate and lost at another. The long-run share of active
destinations is compared with what the export records of itself, which is of other luck.

Run it: .venv/bin/python docs/examples/export_entry_downstream.py [model_dir]
"""

import json
import math
import sys

import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1] if len(sys.argv) > 1 else "exported_models/export_entry_j10")
about = json.loads(model.signatures["describe"]()["json"].numpy())
calibration = about["calibration"]
theta, destinations = calibration["reversion"], calibration["num_destinations"]
mean = np.broadcast_to(calibration["mean_cost"], destinations)
loadings = np.broadcast_to(
    np.reshape(calibration["cost_loadings"], (-1, calibration["num_factors"])), (destinations, 2)
)

groups, firms, step, years = 40, 50, 0.2, 120
random = np.random.default_rng(0)
factors, active, shares = np.zeros((groups, 2)), np.zeros((groups, firms, destinations), np.float32), []
decay, spread = math.exp(-theta * step), math.sqrt((1 - math.exp(-2 * theta * step)) / (2 * theta))
for period in range(round(years / step)):
    cost = np.repeat((mean + factors @ loadings.T)[:, None], firms, 1).astype(np.float32)
    rows = {"active": active.reshape(-1, destinations), "cost": cost.reshape(-1, destinations)}
    found = model.signatures["policy"](**{name: tf.constant(row) for name, row in rows.items()})
    worth = found["entry_gain"].numpy().reshape(active.shape)
    opens, closes = calibration["opportunity_rate"] * (worth > calibration["entry_cost"]), calibration["loss_rate"]
    chance = -np.expm1(-step * (opens + closes)) * np.where(active, closes, opens) / (opens + closes)
    flips = random.uniform(size=active.shape) < chance
    active = np.where(flips, 1 - active, active)
    factors = decay * factors + spread * random.normal(size=factors.shape)
    if period * step >= years / 2:
        shares.append(active.mean((1, 2)))

share, error = np.mean(shares), np.mean(shares, 0).std(ddof=1) / math.sqrt(groups)
print(f"{'':24}{'simulated':>12}{'recorded':>12}")
print(f"{'active destinations':24}{share:12.4f}{about['measured']['long_run_active_share']:12.4f}")
print(f"standard error over groups: {error:.4f}")
