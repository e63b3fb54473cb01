"""The linear regulator with one Monte Carlo draw of all firms' shocks in the place of their mean (Kahou et al. 2022).

One draw is kept for good: firms then expect mean shocks that are not zero, and their policy is off by a constant. How
far off falls with the root of the number of firms: concentration of measure.

Example:
  python -m tools.one_draw --draws=1000 --csv=docs/measured/one_draw.csv
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from absl import app, flags

from hetkeras.contracts.symmetric_economy import Policy
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.models.investment import Investment

SIZES = (1, 8, 32, 128, 512, 2048, 10_000)
HEADER = ("num_firms", "draws", "error_mean", "error_q95", "predicted_mean")
FLAGS = flags.FLAGS


def one_draw_policy(model: Investment, draw: np.ndarray) -> Policy:
    """The policy of firms that expect this draw [N] of their shocks in every period; nu = theta = 1."""
    shift = shift_per_shock(model) * float(np.mean(model.productivities() * draw))
    (constant, *slopes), _ = model.affine_roots()
    return model.affine_policy(constant + shift, *slopes)


def errors(model: Investment, draws: int, seed: int = 0) -> np.ndarray:
    """Relative errors of the policy at rest, [draws]."""
    rng, rest = np.random.default_rng(seed), model.adjustment_cost * model.steady_state()[1]
    means = [np.mean(rng.standard_normal(model.num_firms)) for _ in range(draws)]
    return np.abs(shift_per_shock(model) * np.array(means)) / rest


def shift_per_shock(model: Investment) -> float:
    """What the constant q0 gains for each unit of the mean shock that is expected."""
    beta, keep, gamma = model.discount_factor, model.capital_survival, model.adjustment_cost
    margin = keep * model.affine_roots()[0][1] - model.demand_slope
    weight = np.mean(np.square(model.productivities())) / gamma
    return model.idiosyncratic_volatility * beta * margin / (1 - beta * keep - beta * margin * weight)


def main(argv: list[str]) -> None:
    del argv
    rows = []
    for size in SIZES:
        model = Investment(num_firms=size)
        found = errors(model, FLAGS.draws)
        rest = model.adjustment_cost * model.steady_state()[1]
        predicted = abs(shift_per_shock(model)) * np.sqrt(2 / (np.pi * size)) / rest
        rows.append((size, FLAGS.draws, found.mean(), np.quantile(found, 0.95), predicted))
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


if __name__ == "__main__":
    flags.DEFINE_integer("draws", 1000, "Draws of all firms' shocks behind each row.", 2)
    flags.DEFINE_string("csv", "runs/one_draw.csv", "Where the table goes.")
    app.run(main)
