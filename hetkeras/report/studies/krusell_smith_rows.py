"""What the tables of a study of Krusell-Smith methods say, row by row, and how its numbers are written."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence

from hetkeras.report.parts import formats

OUTCOMES = {"price": "price p", "mean_capital": "next capital K′"}
AGGREGATES = {"output": "output", "investment": "investment", "labor": "labor", "consumption": "consumption"}
STATES = range(1, 6)


@dataclasses.dataclass(frozen=True)
class Statistic:
    """One row of a table.

    Args:
      label: its name on the page.
      column: of results.csv; empty for what only papers report.
      write: how ours is written.
      published: its name among the published numbers, where that is another.
    """

    label: str
    column: str
    write: Callable[[float], str] = formats.plain
    published: str = ""


Rows = Sequence[Statistic | str]
"""Statistics, and headings between them."""


def decimals(count: int, scale: float = 1.0) -> Callable[[float], str]:
    """Returns what writes a multiple of a number with so many decimals."""
    return lambda value: formats.fixed(scale * value, count)


def in_percent(value: float) -> str:
    """Writes a share in per cent, two significant digits."""
    return formats.significant(100 * value)


RATIO, FIT = decimals(4), decimals(5)
TIME: Rows = (
    Statistic("policy and value, first round (s)", "", published="first_policy_seconds"),
    Statistic("simulation, first round (s)", "", published="first_simulation_seconds"),
    Statistic("whole solve (min)", "solve_seconds", decimals(2, 1 / 60), "total_minutes"),
    Statistic("whole solve less compilation (s)", "train_seconds", formats.seconds),
    Statistic("rounds", "rounds"),
    Statistic("prices tried a period", "evaluations", decimals(1)),
)
BELLMAN: Rows = (
    "Level, units of the value",
    Statistic("mean", "bellman_error_level_mean", formats.scientific),
    Statistic("largest", "bellman_error_level_max", formats.scientific),
    "Over the range of the value",
    Statistic("mean", "bellman_error_mean", formats.scientific),
    Statistic("largest", "bellman_error_max", formats.scientific),
    Statistic("less its mean", "bellman_error_demeaned", formats.scientific),
    Statistic("between the grid points", "bellman_error_off_grid", formats.scientific),
    "Choices",
    Statistic("target to the best target (%)", "target_gap", in_percent),
    Statistic("value lost (mean cost = 1)", "choice_regret", formats.scientific),
)
CYCLE: Rows = (
    "Standard deviations (%)",
    *(Statistic(words, f"sd_{name}", RATIO) for name, words in AGGREGATES.items()),
    "Ratio to output",
    *(Statistic(words, f"sd_{name}_to_output", RATIO) for name, words in list(AGGREGATES.items())[1:]),
    "Correlation with output",
    *(Statistic(words, f"correlation_{name}", RATIO) for name, words in list(AGGREGATES.items())[1:]),
)


def forecast_rows(name: str, words: str) -> Rows:
    """How well the rules forecast an outcome, on the path of the solve and on fresh shocks."""
    return (
        f"{words[0].upper()}{words[1:]}",
        Statistic("Den Haan, largest (%)", f"den_haan_{name}_max", in_percent),
        Statistic("Den Haan, mean (%)", f"den_haan_{name}_mean", in_percent),
        Statistic("RMSE (%)", f"forecast_rmse_{name}", in_percent),
        Statistic("R²", f"forecast_r2_{name}", FIT),
        Statistic("fresh shocks: Den Haan, largest (%)", f"fresh_den_haan_{name}_max", in_percent),
        Statistic("fresh shocks: Den Haan, mean (%)", f"fresh_den_haan_{name}_mean", in_percent),
    )


def _forecast(name: str, words: str) -> Rows:
    refined = Statistic("to refined grids, mean (%)", f"reference_gap_{name}", in_percent)
    return (*forecast_rows(name, words), refined)


def _states(name: str, words: str) -> Rows:
    title = f"{words[0].upper()}{words[1:]}"
    rmse = (Statistic(f"Z = Z{state}", f"forecast_rmse_{name}_z{state}", in_percent) for state in STATES)
    fit = (Statistic(f"Z = Z{state}", f"forecast_r2_{name}_z{state}", FIT) for state in STATES)
    return (f"{title}, RMSE (%)", *rmse, f"{title}, R²", *fit)


def present(rows: Rows, numbers: Mapping[str, object]) -> Rows:
    """Rows of which a run has the number, and headings under which something is left."""
    kept = [row for row in rows if isinstance(row, str) or row.column in numbers]
    following = [*kept[1:], ""]
    return tuple(
        row for row, after in zip(kept, following, strict=True) if not (isinstance(row, str) and isinstance(after, str))
    )


FORECAST: Rows = (
    *(row for outcome in OUTCOMES.items() for row in _forecast(*outcome)),
    "Both",
    Statistic("distance of the rules to their fixed point (%)", "rules_error", in_percent),
)
STATE: Rows = tuple(row for outcome in OUTCOMES.items() for row in _states(*outcome))
MICRO: Rows = (
    Statistic("investment rate i/k, mean", "rate_mean", RATIO),
    Statistic("investment rate, s.d.", "rate_sd", RATIO),
    Statistic("inaction", "inaction", RATIO),
    Statistic("positive spikes, i/k ≥ 0.2", "spikes_up", RATIO),
    Statistic("negative spikes, i/k ≤ −0.2", "spikes_down", RATIO),
    "Levels",
    Statistic("mean capital K", "mean_capital", RATIO),
    Statistic("price p", "price", RATIO),
)
TABLES = {"time": TIME, "bellman": BELLMAN, "cycle": CYCLE, "forecast": FORECAST, "state": STATE, "micro": MICRO}
CALIBRATIONS: dict[str, tuple[Statistic, ...]] = {
    "": (Statistic("solve (s)", "solve_seconds", formats.seconds),),
    "s.d. (%)": (Statistic("Y", "sd_output", decimals(3)),),
    "s.d. over that of output": (
        Statistic("I", "sd_investment_to_output", decimals(3)),
        Statistic("N", "sd_labor_to_output", decimals(3)),
        Statistic("C", "sd_consumption_to_output", decimals(3)),
    ),
    "firms": (
        Statistic("s.d. of i/k", "rate_sd", decimals(3)),
        Statistic("inaction", "inaction", decimals(3)),
        Statistic("spikes up", "spikes_up", decimals(3)),
        Statistic("spikes down", "spikes_down", decimals(3)),
    ),
    "price, accuracy (%)": (
        Statistic("Den Haan, largest", "den_haan_price_max", in_percent),
        Statistic("to refined grids", "reference_gap_price", in_percent),
    ),
}
COLUMNS = tuple(row.column for rows in TABLES.values() for row in rows if not isinstance(row, str) and row.column)
OPTIONAL = tuple(column for column in COLUMNS if re.search(r"_z\d$|^reference_gap_", column))
