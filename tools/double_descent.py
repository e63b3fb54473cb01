"""Test error against the number of coefficients: past as many as there are data, more of them cure what overfits.

After Belkin et al. (2019), to whom Kahou et al. (2022) point. The policy of the linear regulator is fitted at a few
states by random features of all firms' capital, pooled over firms as in DeepSets, with coefficients of the smallest
norm. What is fitted is noisy: each state has one Monte Carlo draw of its own in the place of mean shocks (`one_draw`).
The test is of other states, against the closed form.

Example:
  python -m tools.double_descent --csv=docs/measured/double_descent.csv
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import app, flags

from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.models.investment import Investment
from tools.one_draw import shift_per_shock

STATES, TESTED, LATENT = 40, 500, 64
COEFFICIENTS = (2, 5, 10, 20, 30, 36, 40, 44, 50, 80, 160, 400, 1000, 4000)
HEADER = ("coefficients", "states", "seeds", "train_error", "test_error")
FLAGS = flags.FLAGS


def errors(model: Investment, seed: int, sizes: tuple[int, ...] = COEFFICIENTS) -> list[tuple[float, float]]:
    """Root mean square errors at the data and at other states, over the action at rest, by number of coefficients."""
    rng = np.random.default_rng(seed)
    exact, rest = model.closed_form(), model.adjustment_cost * model.steady_state()[1]
    assert exact is not None  # nu is one
    state = model.initial_state(tf.constant([seed, 0]), STATES + TESTED, tf.float64)
    action = exact(model.deciding_agents(state), state).numpy()[:, 0]
    draws = rng.standard_normal((STATES, model.num_firms)) @ model.productivities() / model.num_firms
    noisy = action[:STATES] + shift_per_shock(model) * draws
    features = _features(state.numpy()[..., 0], max(sizes), rng)
    found = []
    for size in sizes:
        columns = features[:, :size] / np.sqrt(size)
        fitted = columns @ np.linalg.lstsq(columns[:STATES], noisy - noisy.mean(), rcond=None)[0] + noisy.mean()
        found.append((_rms(fitted[:STATES] - noisy) / rest, _rms(fitted[STATES:] - action[STATES:]) / rest))
    return found


def _rms(gap: np.ndarray) -> float:
    return float(np.sqrt(np.mean(gap**2)))


def _features(capital: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Random ReLU features of capital [B, N], pooled over firms, then combined at random: [B, P]."""
    scaled = (capital - capital[:STATES].mean()) / capital[:STATES].std()
    weights, shifts = rng.standard_normal((2, LATENT))
    pooled = np.maximum(scaled[..., None] * weights + shifts, 0).mean(1)
    pooled = pooled[:, pooled[:STATES].std(0) > 0]  # some never leave zero
    pooled = (pooled - pooled[:STATES].mean(0)) / pooled[:STATES].std(0)
    width = pooled.shape[1]
    return np.maximum(pooled @ rng.standard_normal((width, count)) / width**0.5 + rng.standard_normal(count), 0)


def main(argv: list[str]) -> None:
    del argv
    model = Investment(num_firms=FLAGS.num_firms)
    found = np.median([errors(model, seed) for seed in range(FLAGS.seeds)], 0)
    rows = [(size, STATES, FLAGS.seeds, *each) for size, each in zip(COEFFICIENTS, found, strict=True)]
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


if __name__ == "__main__":
    flags.DEFINE_integer("num_firms", 128, "N.", 1)
    flags.DEFINE_integer("seeds", 50, "Data sets and features; errors are medians over them.", 1)
    flags.DEFINE_string("csv", "runs/double_descent.csv", "Where the table goes.")
    app.run(main)
