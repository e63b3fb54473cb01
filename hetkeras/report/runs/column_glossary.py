"""What the tables of a run directory hold: what a row is, and each column in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hetkeras.report.parts import formats
from hetkeras.report.runs import glossary

OF_FIRM = "one column for each productivity of the firm, lowest first"
BINS = {"low": "lower end of a bin", "high": "upper end of a bin"}
ROWS = {
    "checks.csv": "a check that decides whether the solution is right",
    "training.csv": "a metric of training, after a chunk of steps",
    "rules.csv": "an aggregate state, lowest first: lines in the log of mean capital",
    "simulation.csv": "a period of the simulated economy, the burn-in first",
    "branch_simulation.csv": "a period of the simulated economy, the burn-in first",
    "economy.csv": "a period of the simulated economy, the burn-in first",
    "impulse_response.csv": "a period, counted from the shock; responses in per cent",
    "uncertainty_shock.csv": "a period, counted from the shock; deviations in per cent",
    "value_slice.csv": "a capital of the firm; the economy is where it usually is",
    "policy_slice.csv": "a price that the economy visits in the middle of its aggregate states",
    "adjustment_slice.csv": "a capital of the firm; the economy is where it usually is",
    "capital_distribution.csv": "a bin of capital of the firm",
    "investment_rates.csv": "a bin of investment over capital",
    "investment_slice.csv": "a capital of the firm",
    "hiring_slice.csv": "the labor that a firm had",
    "price_slice.csv": "a price",
    "households.csv": "assets at the start of a period",
    "paths.csv": "a period of fresh paths of the policy",
    "concentration.csv": "a number of agents",
    "horizon.csv": "a date from the start to the horizon",
    "box.csv": "a calibration at which the solution was measured",
    "elements.csv": "a binary state",
    "entry_probability.csv": "an aggregate shock",
    "transition.csv": "a moment, before and after a shock to costs",
    "losses.csv": "a statistic over fresh paths",
    "links.csv": "a link from a supplier to a user",
    "productivity_fall.csv": "a moment after the productivity of one node has fallen",
    "growth.csv": "a moment of a network that grows from nothing",
    "snapshots.csv": "a link at a moment of that growth",
    "snapshot_sectors.csv": "a node at a moment of that growth",
}
"""Name of a file -> what a row is."""

COLUMNS: dict[str, Mapping[str, str]] = {
    "checks.csv": {
        "check": "its name",
        "measured": "what was measured",
        "expected": "the limit",
        "verdict": "PASS or FAIL",
    },
    "training.csv": {"step": "steps done", "metric": "its name", "value": "its value in the last step of the chunk"},
    "rules.csv": {r"\w+_intercept": "intercept of the line", r"\w+_slope": "slope of the line in log mean capital"},
    "impulse_response.csv": {"pairs": "pairs of economies that the means are over"},
    "uncertainty_shock.csv": {
        "economies": "economies that the means are over",
        "uncertainty": "economies under high uncertainty",
        "inaction": "firms that adjust neither capital nor labor",
        "cleared": "economies that found a price",
    },
    "value_slice.csv": {r"value_\d+": f"value of the firm, {OF_FIRM}"},
    "policy_slice.csv": {
        "mean_capital": "mean capital at which firms expect this price",
        r"target_\d+": f"capital that a firm goes to if it adjusts, {OF_FIRM}",
    },
    "adjustment_slice.csv": {r"adjusting_\d+": f"probability that the firm adjusts, {OF_FIRM}"},
    "capital_distribution.csv": {**BINS, "share": "share of firms"},
    "investment_rates.csv": {
        **BINS,
        "adjusting": "firms that adjust, as a share of all",
        "waiting": "firms that leave their capital alone, as a share of all",
    },
    "investment_slice.csv": {
        r"z\d+_e\d+_h\d+": "investment by productivity of all (z), of the firm (e) and the labor that it had (h)"
    },
    "hiring_slice.csv": {r"z\d+_e\d+_h\d+": "hiring by productivity of all (z), of the firm (e) and its capital (h)"},
    "price_slice.csv": {r"investment_\d+": f"investment, {OF_FIRM}", r"hiring_\d+": f"hiring, {OF_FIRM}"},
    "households.csv": {
        "share_below": "share of households with no more",
        r"consumption_\d+": "consumption, one column for each own state",
        r"assets_next_\d+": "assets at the end of the period, one column for each own state",
        r"share_\d+": "share of households here, one column for each own state",
    },
    "paths.csv": {
        "residual_mean": "Euler residual, or first-order residual beside a value: mean over paths",
        "residual_low": "its 2.5th percentile",
        "residual_high": "its 97.5th percentile",
        "mean_state": "state of agents, mean over agents and paths",
        "action": "action of an agent along one path",
        "reference_action": "the same by the reference",
    },
    "concentration.csv": {
        "residual_sd": "standard deviation of the Euler residual with one draw of idiosyncratic shocks",
        "analytic_sd": "the same in closed form",
    },
    "horizon.csv": {
        r"value_(mean|low|high)": "value along fresh paths: mean, 5th and 95th percentile",
        r"value_exact\w*": "the exact value",
    },
    "box.csv": {"converged": "1 if every check passes there"},
    "elements.csv": {
        "element": "its number",
        "name": "its name",
        "worth": "value with it less value without it, mean over own paths",
        "active": "share of time that it is on",
        "accepted": "share of its opportunities that are taken",
    },
    "entry_probability.csv": {
        r"taken_\d+": "probability that an opportunity is taken, with so many per cent of the others on"
    },
    "transition.csv": {
        r"active_\w+": "share of binary states that are on, without and with the shock",
        r"(entries|exits)_\w+": "those that switch on or off, for a firm in a unit of time, without and with the shock",
    },
    "losses.csv": {
        "statistic": "its name",
        "analytic": "of the analytic loss, over the squared value",
        "probabilistic": "of the probabilistic loss, over the squared value",
        "step": "step of time",
        "states": "states that paths start from",
    },
    "links.csv": {
        "element": "number of the link",
        r"(user|supplier)(_name)?": "the end that buys or sells",
        "share": "share of the supplier in the user's costs",
        "link_cost": "cost of the link",
        "active": "share of time that it is there",
        r"worth(_consumption)?": "what it is worth to who decides, also in consumption",
        r"worth(_consumption)?_error": "standard error of that",
        "own_tfp": "what the link does to the user's log TFP",
        "own_now": "what it does to the user's log unit cost at once, with the sign turned",
        "own_wish": "the same, discounted mean over the future if it stayed for ever",
    },
    "productivity_fall.csv": {
        r"log_gdp_\w+": "log GDP without the fall, with it, and with it where links move as without it",
        r"active_\w+": "share of links that are there, without and with the fall",
        "rewiring": "what links that move otherwise add to log GDP",
        "rewiring_error": "standard error of that",
    },
    "growth.csv": {
        r"active\w*": "share of links that are there: one path, mean and 80 % of all paths",
        r"log_gdp\w*": "log GDP: one path, mean and 80 % of all paths",
    },
    "snapshots.csv": {
        r"user|supplier": "the end that buys or sells",
        "share": "share of the supplier in the user's costs",
        "on": "1 if the link is there",
    },
    "snapshot_sectors.csv": {"sector": "its number", "domar": "sales over GDP", "productivity": "log productivity"},
}
"""Name of a file -> column, as a regular expression -> what it is."""

SERIES = {
    "period": "its number",
    "aggregate_index|aggregate": "index of the aggregate state, from 0",
    "uncertainty": "1 if uncertainty is high",
    "mean_capital": "capital per firm, or per household",
    "price": "price of goods in marginal utility, or for households what a unit of capital pays",
    "wage": "goods per unit of labor",
    "output|investment|labor|consumption|hiring": "this aggregate, per firm or per household",
    "productivity": "productivity of all",
    "adjustment_cost": "goods that adjusting uses up, per firm",
    "forecast_mean_capital_next": "next period's mean capital, as expected",
    r"forecast_\w+": "what was expected of this period",
    r"dynamic_\w+": "forecast from the end of the burn-in on, never corrected",
    "excess_demand|excess_labor_demand": "demand less supply where the search for prices ended",
    "evaluations": "prices that were tried",
    "cleared": "1 if a price that clears the market was found",
    "resource_gap": "goods made less goods used, as a share of consumption",
    "rate_mean|rate_sd": "investment over capital, mean and standard deviation over firms",
    "inaction": "share of firms that do not adjust",
    "spikes_up|spikes_down": "share of firms that buy, or sell, at least a fifth of their capital",
    r"share_[01]{2}": "share of firms that adjust capital (first digit) and labor (second digit)",
    "at_limit|at_top": "share of households at the borrowing limit, or at the greatest assets",
    "assets_gini": "Gini coefficient of assets",
    "capital": "capital of the firm",
    "lagged_labor": "labor that the firm had",
    "assets": "assets of the household",
    "num_agents": "agents in the economy, N",
    "impulses": "the aggregate shock, in standard deviations",
    "time|year": "time since the start",
}
"""What columns are in any file that says nothing else of them."""


def column_meaning(file: str, column: str, units: Mapping[str, str]) -> str:
    """Returns what a column is, with its unit where the solution states one; its name in words if nothing is known.

    Args:
      file: name of the table.
      column: its name.
      units: of inputs and outputs of the solution.
    """
    unit = f" ({units[column]})" if column in units else ""
    for known in (COLUMNS.get(file, {}), SERIES):
        for pattern, meaning in known.items():
            if re.fullmatch(pattern, column):
                return meaning + unit
    if column.endswith("_se"):
        return f"standard error of {formats.words(column.removesuffix('_se'))}"
    if column.startswith("reference_"):
        return f"the reference solution: {column_meaning(file, column.removeprefix('reference_'), units)}"
    return (glossary.explanation(column).rstrip(".") or formats.words(column)) + unit
