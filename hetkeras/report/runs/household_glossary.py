"""Diagnostics of households that save in one asset: how each is written and what it says."""

from __future__ import annotations

_ENTRIES: dict[str, tuple[str, str]] = {
    "interest": ("fit", "Interest rate a period at which the market of assets clears."),
    "patience": (
        "plain",
        "Discount factor times what the asset returns. From 1 on households save without end.",
    ),
    "budget_gap": ("square", "Largest distance of what a household spends to what it has, over its income."),
    "limit_gap": ("square", "Largest amount by which a household goes below its borrowing limit."),
    "least_consumption": ("plain", "Least consumption of any household."),
    "market_gap": (
        "share",
        "Distance of assets held to assets offered, on nodes that the solve does not have, over the latter.",
    ),
    "euler_error_mean": (
        "share",
        "Distance of consumption to what the Euler equation and the limit ask for, mean over households.",
    ),
    "euler_error_max": ("share", "That distance at the worst place where there are households."),
    "off_path_euler_error_max": ("share", "That distance at the worst place at all, also where nobody ever is."),
    "assets_mean": ("plain", "Assets of a household, mean."),
    "assets_sd": ("plain", "Standard deviation of assets over households."),
    "assets_gini": (
        "plain",
        "Gini coefficient of assets, of the mean distribution where shocks move it: 0 if all have the same, 1 if "
        "one has everything.",
    ),
    "assets_of_top_hundredth": ("share", "Share of all assets that the richest hundredth of households holds."),
    "households_at_limit": ("share", "Share of households at the borrowing limit."),
    "households_at_top": ("share", "Share of households at the greatest assets that are looked at."),
    "euler_error_tail": ("share", "That distance which 99 % of households do not exceed."),
    "euler_error_at_limit_max": ("share", "That distance at the worst place where the limit binds."),
    "interest_gap": ("square", "Largest distance of the exported interest to what firms pay."),
    "off_path_limit_gap": ("square", "Largest amount below the limit at mean capital that no path sees."),
    "sd_mean_capital": ("plain", "Standard deviation of mean capital over periods."),
    "sd_log_mean_capital": ("fit", "That of its logarithm; next to zero where the economy has collapsed."),
    "capital_to_rest": ("plain", "Mean capital over what households without risk would hold."),
    "reference_gap_mean_capital_mean": (
        "share",
        "Distance of mean capital to that of the economy on more nodes, on the same shocks, mean over periods.",
    ),
    "reference_gap_mean_capital_max": ("share", "That distance in the worst period."),
    "reference_gap_interest_bp": (
        "fit",
        "Distance of the interest rate to that of the equilibrium on more nodes, in basis points.",
    ),
    "reference_gap_consumption_mean": ("share", "Distance of consumption to it there, mean over households."),
    "reference_gap_consumption_max": ("share", "That distance at the worst place where there are households."),
}


def household_entry(name: str) -> tuple[str, str] | None:
    """Returns how a diagnostic is written and what it says, or None if it is not known here."""
    return _ENTRIES.get(name)
