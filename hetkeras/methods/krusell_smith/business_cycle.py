"""Business-cycle moments of simulated aggregates: logs, Hodrick-Prescott filter, deviations and correlations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

AGGREGATES = ("output", "investment", "labor", "consumption")


def business_cycle_moments(series: Mapping[str, np.ndarray], smoothing: float = 100.0) -> dict[str, float]:
    """Standard deviations in per cent and correlations with output.

    Args:
      series: the AGGREGATES, all positive, [T].
      smoothing: lambda; 100 for years, 1600 for quarters.
    """
    from statsmodels.tsa.filters.hp_filter import hpfilter  # half a second, and pandas: not for who measures no cycle

    cycles = {name: 100 * hpfilter(np.log(series[name]), smoothing)[0] for name in AGGREGATES}
    numbers = {f"sd_{name}": float(cycle.std()) for name, cycle in cycles.items()}
    for name in AGGREGATES[1:]:
        numbers[f"sd_{name}_to_output"] = numbers[f"sd_{name}"] / numbers["sd_output"]
        numbers[f"correlation_{name}"] = float(np.corrcoef(cycles["output"], cycles[name])[0, 1])
    return numbers
