"""Downstream: links between sectors from a SavedModel with TensorFlow and NumPy alone; hetkeras is not imported.

`policy` says what the planner's value is and, of the sector whose turn it is, what each of its links is worth and which
ones it adds. Hundreds of economies then live with these decisions: turns end at random, over a short step a link of the
active sector is a chain of two states, and productivity meets shocks. The long-run share of links is compared with what
the export records of itself, which is of other luck.

Run it: .venv/bin/python docs/examples/production_network_downstream.py [model_dir]
"""

import json
import math
import sys

import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1] if len(sys.argv) > 1 else "exported_models/production_network_n5")
about = json.loads(model.signatures["describe"]()["json"].numpy())
calibration = about["calibration"]
count, factors, phi = (calibration[name] for name in ("num_sectors", "num_factors", "reversion"))
mean = np.broadcast_to(calibration["mean_productivity"], count)
loadings = np.broadcast_to(np.reshape(calibration["productivity_loadings"], (-1, factors)), (count, factors))
cost, shares = (np.resize(calibration[name], (count, count)) for name in ("link_cost", "shares"))
movable = (shares > 0) & ~np.eye(count, dtype=bool)


def ask(links, productivity, sector):
    """Values and what is known of the active sector's links, of networks [B, N, N]."""
    rows = links.reshape(len(links), -1).astype(np.float32), productivity.astype(np.float32), sector.astype(np.int32)
    inputs = dict(zip(("links", "productivity", "sector"), map(tf.constant, rows), strict=True))
    return {name: found.numpy() for name, found in model.signatures["policy"](**inputs).items()}


# Each sector in turn, in the network without links at mean productivity.
none = np.where(movable, 0.0, 1.0)
found = ask(np.repeat(none[None], count, 0), np.repeat(mean[None], count, 0), np.arange(count))
for sector in range(count):
    worth = " ".join(f"{gain:8.4f}" for gain in found["link_gain"][sector])
    adds = ", ".join(map(str, np.flatnonzero(found["link"][sector])))
    print(
        f"sector {sector}: value {found['value'][sector]:8.4f}, its links are worth {worth}; it adds {adds or 'none'}"
    )

economies, step, years = 400, 0.2, 80
random = np.random.default_rng(0)
links, sector = np.repeat(none[None], economies, 0), random.integers(0, count, economies)
away, rows, averages = np.zeros((economies, factors)), np.arange(economies), []
decay, spread = math.exp(-phi * step), math.sqrt((1 - math.exp(-2 * phi * step)) / (2 * phi))
closes = calibration["destruction_rate"]
for period in range(round(years / step)):
    worth = ask(links, mean + away @ loadings.T, sector)["link_gain"]
    opens, row = calibration["arrival_rate"] * (worth > cost[sector]), links[rows, sector]
    chance = -np.expm1(-step * (opens + closes)) * np.where(row > 0.5, closes, opens) / (opens + closes)
    flips = (random.uniform(size=row.shape) < chance) & movable[sector]
    links[rows, sector] = np.where(flips, 1 - row, row)
    away = decay * away + spread * random.normal(size=away.shape)
    turns = random.uniform(size=economies) < -math.expm1(-count * calibration["switch_rate"] * step)
    sector = np.where(turns, random.integers(0, count, economies), sector)
    if period * step >= years / 2:
        averages.append(links[:, movable].mean(1))

share, error = np.mean(averages), np.mean(averages, 0).std(ddof=1) / math.sqrt(economies)
print(f"\n{'':24}{'simulated':>12}{'recorded':>12}")
print(f"{'links that are there':24}{share:12.4f}{about['measured']['active_share']:12.4f}")
print(f"standard error over economies: {error:.4f}")
