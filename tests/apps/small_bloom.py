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
    file.write_text("\n".join(["aggregate_index", *map(str, lively_path())]) + "\n", encoding="utf-8")
    return [f"--shocks={file}", *(f"--set={name}={value}" for name, value in SMALL.items())]


def lively_path():
    """Aggregate states [T] with all of them after the burn-in: productivity and uncertainty move often."""
    draws, places = np.random.default_rng(1), {state: place for place, state in enumerate(_states())}
    regimes = (draws.uniform(size=PERIODS + 1) < 0.4).cumsum() % 2
    levels = np.abs((draws.integers(-1, 2, PERIODS).cumsum() + 1) % 4 - 2)  # up and down again
    return [places[state] for state in zip(levels, regimes[1:], regimes[:-1], strict=True)]


def _states():
    return zip(*(part.tolist() for part in MODEL.aggregate_states), strict=True)
