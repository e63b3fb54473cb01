"""Diagnostics of economies whose firms face market-clearing prices: how each is written and what it says."""

from __future__ import annotations

import re

_PATHS = {"price": "the price", "wage": "the wage", "mean_capital": "mean capital"}
_RULES = {"price": "the price", "wage": "the wage", "mean_capital": "next period's mean capital"}
_AGGREGATES = {"output": "output", "investment": "investment", "labor": "labor", "consumption": "consumption"}

_ENTRIES: dict[str, tuple[str, str]] = {
    "solve_seconds": ("seconds", "Wall-clock time of the whole solve with compilation and checkpoints, in seconds."),
    "steps": ("count", "Steps of the method: of the networks' weights, or rounds of the classical method."),
    "rounds": ("count", "Rounds of policy, simulation and new forecast rules until the rules stood still."),
    "periods": ("count", "Simulated periods after the burn-in, on which statistics are taken."),
    "cleared": ("plain", "1 if every period found a price that clears the market, else 0."),
    "excess_demand_max": ("square", "Largest excess demand for goods, times their price, over all periods."),
    "excess_labor_demand_max": ("square", "Largest excess demand for labor, as a share of it, over all periods."),
    "resource_gap": (
        "square",
        "Largest gap between goods made and goods used over all periods, as a share of consumption. Used are "
        "consumption, costs that take goods, and what capital grew by beyond depreciation.",
    ),
    "firms_at_least_capital": ("share", "Share of firms at the first node of capital, mean over periods."),
    "firms_at_greatest_capital": ("share", "Share of firms at the last node of capital, mean over periods."),
    "rules_error": (
        "share",
        "Largest error of a forecast that a better line in log K would have avoided; 0 at a fixed point of the rules.",
    ),
    "bellman_error_level_mean": (
        "square",
        "Gap of the value to the right-hand side of its Bellman equation, mean over states, in units of the value. A "
        "constant in the value shows here although it moves no choice.",
    ),
    "bellman_error_level_max": ("square", "Gap in the Bellman equation where it is largest, in units of the value."),
    "bellman_error_mean": ("square", "Gap in the Bellman equation, mean over states, over the range of the value."),
    "bellman_error_max": ("square", "Gap in the Bellman equation where it is largest, over the range of the value."),
    "bellman_error_demeaned": (
        "square",
        "Gap in the Bellman equation less its mean, over the range of the value: the part that moves choices.",
    ),
    "bellman_error_off_grid": (
        "square",
        "Gap in the Bellman equation at states between those of a grid, over the range of the value.",
    ),
    "target_gap": (
        "share",
        "Distance of target capital to the best of 2,000 alternatives, mean; it sees nothing below their mesh, 0.2 %.",
    ),
    "choice_regret": (
        "square",
        "Value lost by aiming at target capital instead of the best alternative, over the mean cost of adjustment.",
    ),
    "rate_mean": ("plain", "Investment over capital, mean over firms, then over periods."),
    "rate_sd": ("plain", "Investment over capital, standard deviation over firms, mean over periods."),
    "inaction": ("plain", "Share of firms that leave their capital alone."),
    "spikes_up": ("plain", "Share of firms that invest at least a fifth of their capital."),
    "spikes_down": ("plain", "Share of firms that sell at least a fifth of their capital."),
    "mean_capital": ("plain", "Capital per firm, or per household, mean over periods."),
    "price": (
        "plain",
        "Price, mean over periods: marginal utility of consumption, or for households what a unit of capital pays.",
    ),
    "wage": ("plain", "Goods per unit of labor, mean over periods."),
    "evaluations": ("plain", "Prices that were tried until the market cleared, mean over periods."),
    "reference_gap_mean_capital": (
        "share",
        "Distance of mean capital to the solution on refined grids, same shocks, mean.",
    ),
    "reference_gap_price": ("share", "Distance of the price to the solution on refined grids, same shocks, mean."),
    "reference_gap_wage": ("share", "Distance of the wage to the solution on refined grids, same shocks, mean."),
    "off_path_uncleared": (
        "share",
        "Share of periods off the path in which no price clears the market. Economies start there with mean capital "
        "three standard deviations away or with another distribution, and aggregate states switch between their ends.",
    ),
    "off_path_excess_demand_max": ("square", "Largest excess demand for goods, times their price, off the path."),
    "off_path_excess_labor_demand_max": ("square", "Largest excess demand for labor, as a share of it, off the path."),
    "off_path_return": (
        "square",
        "Distance of mean capital, in logs, that is left of a start off the path where the path from there ends.",
    ),
    "off_path_regret": (
        "square",
        "Value that firms lose by their choice off the path, the largest over firms and economies, over the mean cost "
        "of adjustment. The best choice is exact: from the discounted mean of the value over all successors.",
    ),
    "off_path_bellman_error": (
        "square",
        "Gap in the Bellman equation less its mean, over the range of the value, with mean capital three standard "
        "deviations away: mean over firms, the largest over aggregate states.",
    ),
}

_PATTERNS: tuple[tuple[str, str, dict[str, str], str], ...] = (
    (
        r"off_path_gap_(\w+)",
        "share",
        {**_PATHS, "value": "the value, over its range,"},
        "Largest distance of {} to the solution on refined grids in economies off the path.",
    ),
    (r"den_haan_(\w+)_max", "share", _PATHS, "Den Haan: largest distance of {} to its dynamic forecast."),
    (r"den_haan_(\w+)_mean", "share", _PATHS, "Den Haan: mean distance of {} to its dynamic forecast."),
    (
        r"fresh_den_haan_(\w+)_max",
        "share",
        _PATHS,
        "Den Haan on shocks that no rule was fitted to: largest distance of {} to its dynamic forecast.",
    ),
    (
        r"fresh_den_haan_(\w+)_mean",
        "share",
        _PATHS,
        "Den Haan on shocks that no rule was fitted to: mean distance of {} to its dynamic forecast.",
    ),
    (
        r"forecast_rmse_(\w+)_z(\d+)",
        "share",
        _RULES,
        "Root mean square error of the rule for {} in aggregate state {} (1 is the lowest).",
    ),
    (r"forecast_r2_(\w+)_z(\d+)", "fit", _RULES, "R² of the rule for {} in aggregate state {} (1 is the lowest)."),
    (r"forecast_rmse_(\w+)", "share", _RULES, "Root mean square error of the rule that forecasts {}."),
    (r"forecast_r2_(\w+)", "fit", _RULES, "R² of the rule that forecasts {}; each aggregate state about its own mean."),
    (r"sd_(\w+)_to_output", "plain", _AGGREGATES, "Standard deviation of {} over that of output, over the cycle."),
    (
        r"sd_(\w+)",
        "plain",
        _AGGREGATES,
        "Standard deviation of {} over the cycle, per cent (logs, Hodrick-Prescott filter).",
    ),
    (r"correlation_(\w+)", "plain", _AGGREGATES, "Correlation of {} with output over the cycle."),
)


def firm_entry(name: str) -> tuple[str, str] | None:
    """Returns how a diagnostic is written and what it says, or None if it is not known here."""
    if name in _ENTRIES:
        return _ENTRIES[name]
    for pattern, kind, outcomes, text in _PATTERNS:
        found = re.fullmatch(pattern, name)
        if found and found[1] in outcomes:
            return kind, text.format(outcomes[found[1]], *found.groups()[1:])
    return None
