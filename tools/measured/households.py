"""Households under aggregate shocks: what the shipped solution measured, beside an independent one."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.saved_model import LoadedSolution, load
from tools.measured.markdown import ROOT, line, markdown, percent

INDEPENDENT = {  # endogenous grid points on 250 x 25 x 4 nodes, 1,500 bins; three paths of 10,000 quarters
    "rule in bad times": ".1248 + .9653 ln K",
    "rule in good times": ".1381 + .9632 ln K",
    "mean capital": "39.33, 39.39, 39.54",
    "its standard deviation": ".96, 1.01, .94",
    "Gini coefficient of the mean distribution of wealth": ".27 to .28",
    "Den Haan, largest": ".23, .21, .17 %",
}


def krusell_smith() -> str:
    """Rules, moments and distances of the shipped solution."""
    loaded = load(ROOT / "exported_models/krusell_smith")
    numbers = loaded.metadata["measured"]
    bad, good = (f".{1e4 * a:.0f} + .{1e4 * b:.0f} ln K" for a, b in _rules(loaded))
    gaps = {name: numbers[f"reference_gap_{name}"] for name in ("mean_capital_mean", "mean_capital_max")}
    single = {kind: numbers[f"reference_gap_consumption_{kind}"] for kind in ("mean", "max")}
    found = {
        "rule in bad times": bad,
        "rule in good times": good,
        "mean capital": f"{numbers['mean_capital']:.2f}",
        "its standard deviation": f"{numbers['sd_mean_capital']:.2f}",
        "Gini coefficient of the mean distribution of wealth": f"{numbers['assets_gini']:.3f}".removeprefix("0"),
        "Den Haan, largest": f"{percent(numbers['den_haan_mean_capital_max'])}, on fresh shocks "
        f"{percent(numbers['fresh_den_haan_mean_capital_max'])}",
        "Euler error, mean over households": percent(numbers["euler_error_mean"]),
        "mean capital on twice the nodes, mean and largest distance": " and ".join(map(percent, gaps.values())),
        "consumption of single households there": " and ".join(map(percent, single.values())),
    }
    rows = [line((name, value, INDEPENDENT.get(name, ""))) for name, value in found.items()]
    return "\n".join([*markdown(("krusell_smith", "here", "independent solution")), *rows])


def _rules(loaded: LoadedSolution) -> np.ndarray:
    """Intercept and slope of log K' in log K, one row for each aggregate state."""
    capital, levels = np.array([38.0, 41.0]), loaded.model.aggregate_chain.values
    inputs = {"aggregate": np.repeat(levels, 2), "mean_capital": np.tile(capital, len(levels))}
    found = loaded.signatures["forecast"](**{name: tf.constant(row, tf.float64) for name, row in inputs.items()})
    logs = np.log(found["mean_capital_next"].numpy().reshape(-1, 2))
    slopes = np.diff(logs)[:, 0] / np.diff(np.log(capital))
    return np.stack([logs[:, 0] - slopes * np.log(capital[0]), slopes], -1)
