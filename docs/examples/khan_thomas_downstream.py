"""Downstream: the economy of a SavedModel simulated with TensorFlow and NumPy alone; hetkeras is not imported.

Every period the market clears at a price found by secant steps on the exported `policy`, then firms move on a
histogram.
The moments at the end are compared with those that the export records of itself, on the same shocks.

Run it: .venv/bin/python docs/examples/khan_thomas_downstream.py [model_dir] [shocks.csv]
"""

import json
import math
import sys

import numpy as np
import tensorflow as tf

directory = sys.argv[1] if len(sys.argv) > 1 else "exported_models/khan_thomas"
shocks = np.loadtxt(
    sys.argv[2] if len(sys.argv) > 2 else "hetkeras/methods/krusell_smith/data/terry_2017_shocks.csv", int, skiprows=1
)
model = tf.saved_model.load(directory)
about = json.loads(model.signatures["describe"]()["json"].numpy())
calibration = about["calibration"]
delta, nu, phi = (calibration[name] for name in ("depreciation", "labor_share", "leisure_weight"))


def chain(who):
    """Levels and transition matrix of a productivity: an AR(1) in logs by Tauchen's method."""
    rho, sigma, states = (
        calibration[f"{what}{who}{end}"] for what, end in (("", "_persistence"), ("", "_volatility"), ("num_", ""))
    )
    width = calibration["chain_width"] * sigma / math.sqrt(1 - rho**2)
    logs = np.linspace(-width, width, states)
    edges = (logs[1:] + logs[:-1]) / 2
    below = np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))))((edges - rho * logs[:, None]) / sigma)
    ends = np.zeros((states, 1)), np.ones((states, 1))
    return np.exp(logs), np.diff(np.hstack([ends[0], below, ends[1]]))


aggregate, aggregate_chances = chain("aggregate")
productivity, chances = chain("idiosyncratic")
nodes = np.geomspace(calibration["smallest_capital"], calibration["greatest_capital"], 50)
eps, capital = (
    grid.ravel() for grid in np.meshgrid(productivity, nodes, indexing="ij")
)  # one row for each kind of firm
stay = np.maximum((1 - delta) * capital, nodes[0])


def policy(state, mean_capital, price):
    """Target, share adjusting and labour of all firms at a price."""
    same = {"aggregate": aggregate[state], "mean_capital": mean_capital, "price": price}
    inputs = {"idiosyncratic": eps, "capital": capital} | {name: np.full(len(eps), x) for name, x in same.items()}
    found = model.signatures["policy"](**{name: tf.constant(x, tf.float32) for name, x in inputs.items()})
    return [found[name].numpy().astype(float) for name in ("target_capital", "adjustment_probability", "labor")]


def excess_demand(state, mean_capital, price, mass):
    target, share, labor = policy(state, mean_capital, price)
    hired = labor - 0.5 * calibration["largest_cost"] * share**2  # labour in production
    output = hired * phi / (nu * price)  # the wage phi / p equals labour's marginal product
    investment = mass @ (share * (target - stay))
    return 1 / price - (mass @ output - investment), (mass @ output, investment, mass @ labor), target, share


def clear(state, mean_capital, mass):
    """Secant steps from the price that firms expect."""
    where = {"aggregate": tf.constant([aggregate[state]], tf.float32)}
    where["mean_capital"] = tf.constant([mean_capital], tf.float32)
    before = float(model.signatures["forecast"](**where)["price"][0])
    gap, price = excess_demand(state, mean_capital, before, mass)[0], before * 1.001
    for _ in range(12):
        next_gap = excess_demand(state, mean_capital, price, mass)[0]
        if abs(next_gap) < 1e-6 or next_gap == gap:
            break
        before, gap, price = price, next_gap, price - next_gap * (price - before) / (next_gap - gap)
    return price


def move(mass, target, share):
    """Firms choose or stay, are spread over the two nearest nodes, and draw next period's productivity."""
    arrived = np.zeros((len(productivity), len(nodes)))
    for destination, moving in ((target, mass * share), (stay, mass * (1 - share))):
        below = np.clip(np.searchsorted(nodes, destination, side="right") - 1, 0, len(nodes) - 2)
        right = np.clip((destination - nodes[below]) / (nodes[below + 1] - nodes[below]), 0, 1)
        rows = np.repeat(np.arange(len(productivity)), len(nodes))
        np.add.at(arrived, (rows, below), moving * (1 - right))
        np.add.at(arrived, (rows, below + 1), moving * right)
    return (chances.T @ arrived).ravel()


mass, rows = np.full(len(eps), 1 / len(eps)), []
for state in shocks:
    mean_capital = mass @ capital
    price = clear(state, mean_capital, mass)
    gap, aggregates, target, share = excess_demand(state, mean_capital, price, mass)
    rows.append((price, mean_capital, *aggregates, 1 / price, mass @ (1 - share), abs(gap)))
    mass = move(mass, target, share)

names = ("price", "mean_capital", "output", "investment", "labor", "consumption", "inaction", "gap")
series = dict(zip(names, np.array(rows[500:-1]).T, strict=True))
found = {name: series[name].mean() for name in ("price", "mean_capital", "inaction")}
bends = np.diff(np.eye(len(series["price"])), 2, axis=0)  # Hodrick-Prescott filter, lambda = 100
cycle = np.linalg.inv(np.eye(bends.shape[1]) + 100 * bends.T @ bends)
for name in ("output", "investment", "labor", "consumption"):
    logs = 100 * np.log(series[name])
    found[f"sd_{name}"] = (logs - cycle @ logs).std()
recorded = about["measured"]
print(f"{'':16}{'simulated':>10}{'recorded':>10}")
for name, number in found.items():
    print(f"{name:16}{number:10.4f}{recorded[name]:10.4f}")
print(f"largest excess demand: {series['gap'].max():.1e}")
