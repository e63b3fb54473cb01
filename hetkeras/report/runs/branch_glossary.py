"""Diagnostics of economies whose firms choose in branches: how each is written and what it says."""

from __future__ import annotations

import re

_OUTCOMES = {"price": "the price", "mean_capital": "next period's mean capital"}
_UNCERTAINTY = ("low", "high")
_BRANCHES = {"00": "adjust neither", "10": "adjust capital only", "01": "adjust labor only", "11": "adjust both"}

_ENTRIES: dict[str, tuple[str, str]] = {
    "continuation_error": (
        "square",
        "Distance of what choices reckon with for tomorrow to the mean of the values themselves, over their range.",
    ),
    "value_lost_mean": (
        "square",
        "Value lost by choices that are not the best, mean over nodes.",
    ),
    "value_lost_q99": ("square", "99 % of the nodes lose less than this by choices that are not the best."),
    "value_lost_firms": ("square", "Value lost by choices that are not the best, mean over firms where they are."),
    "branch_mismatch": ("share", "Share of nodes at which another branch is chosen than the best one on the nodes."),
    "branch_mismatch_firms": ("share", "Share of firms that choose another branch than the best one on the nodes."),
    "mean_capital_min": ("plain", "Least capital per firm over periods."),
    "mean_capital_max": ("plain", "Greatest capital per firm over periods."),
    "out_of_range": ("share", "Share of periods in which mean capital is where the economy was not solved."),
    "adjustment_cost": ("plain", "Goods that adjusting capital and labor uses up, per firm, mean over periods."),
    "hiring": ("plain", "Labor hired less labor dismissed, per firm, mean over periods."),
    "labor": ("plain", "Labor per firm, mean over periods."),
    "off_path_value_lost_firms": (
        "square",
        "Value lost by choices that are not the best in economies off the path, mean over firms, the worst economy.",
    ),
    "off_path_value_lost_q99": ("square", "99 % of the nodes lose less than this there, in the worst economy."),
    "off_path_continuation_error": (
        "square",
        "What `continuation_error` measures with mean capital three standard deviations away, the worse end.",
    ),
    "classified": ("share", "Share of points put in the right branch, or invest less than a node where none is exact."),
    "classified_strictly": ("share", "Share of points put in the right branch, to the letter."),
    "points": ("count", "Points at which branches were compared with exact ones."),
}


def branch_entry(name: str) -> tuple[str, str] | None:
    """Returns how a diagnostic is written and what it says, or None if it is not known here."""
    if name in _ENTRIES:
        return _ENTRIES[name]
    share = re.fullmatch(r"share_(\d\d)", name)
    if share and share[1] in _BRANCHES:
        return "plain", f"Share of firms that {_BRANCHES[share[1]]}, mean over periods."
    rule = re.fullmatch(r"forecast_(rmse|r2)_(price|mean_capital)_z(\d+)_s([01])_l([01])", name)
    if rule is None:
        return None
    today, before = (_UNCERTAINTY[int(regime)] for regime in rule.groups()[3:])
    kind, text = ("share", "Root mean square error") if rule[1] == "rmse" else ("fit", "R²")
    place = f"at productivity {rule[3]} (1 is the lowest), uncertainty today {today}, before {before}"
    return kind, f"{text} of the rule for {_OUTCOMES[rule[2]]} {place}."
