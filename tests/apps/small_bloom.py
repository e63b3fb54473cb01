"""Flags of a small economy of firms with branches, for programs."""

import numpy as np

from tests.small_branches import MODEL

FIELDS = ("num_aggregate", "num_idiosyncratic", "num_capital", "smallest_capital", "depreciation", "num_labor")
SMALL = {name: getattr(MODEL, name) for name in (*FIELDS, "separation")}
SMALL |= {"smallest_mean_capital": 0.2, "greatest_mean_capital": 4.0}
PERIODS = 640


def small_flags(place):
    """The small calibration, and a path of shocks that is written there."""
    file = place / "shocks.csv"
    states = MODEL.aggregate_chain.paths(4, np.random.default_rng(1).uniform(size=PERIODS))
    file.write_text("\n".join(["aggregate", *map(str, states)]) + "\n", encoding="utf-8")
    return [f"--shocks={file}", *(f"--set={name}={value}" for name, value in SMALL.items())]
