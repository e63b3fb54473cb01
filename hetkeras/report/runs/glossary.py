"""What each diagnostic says, in plain words, and how its number is written."""

from __future__ import annotations

import math
from typing import Any

from hetkeras.report.parts import formats
from hetkeras.report.runs.branch_glossary import branch_entry
from hetkeras.report.runs.firm_glossary import firm_entry
from hetkeras.report.runs.flip_glossary import flip_entry
from hetkeras.report.runs.horizon_page import horizon_entry
from hetkeras.report.runs.household_glossary import household_entry
from hetkeras.report.runs.network_glossary import network_entry

_SHARE, _SQUARE, _SECONDS, _COUNT, _PLAIN, _WORDS = "share", "square", "seconds", "count", "plain", "words"
_FIT = "fit"
SIGNATURES = "signature_gap"

_GLOSSARY: dict[str, tuple[str, str]] = {
    "calibrations": (_COUNT, "Calibrations of the box at which the solution was measured."),
    "calibrations_converged": (_COUNT, "Those of them at which every check passes; all are needed."),
    "num_agents": (_COUNT, "Agents in the economy, N."),
    "paths_bounded": (_PLAIN, "Share of the policy's own paths that stay where the economics allows; 1 is needed."),
    "aggregate_slope_median": (_PLAIN, "Response of tomorrow's aggregate state to today's, median."),
    "aggregate_slope_q99": (
        _PLAIN,
        "Response of tomorrow's aggregate state to today's, within 5 % of own paths, 99th percentile.",
    ),
    "aggregate_slope_limit": (_PLAIN, "1/√β, the response that separates the stable root from the explosive one."),
    "euler_residual_rms": (
        _SHARE,
        "Root mean square Euler residual on fresh paths of the policy, over marginal cost.",
    ),
    "euler_residual_q50": (_SHARE, "Half of the absolute Euler residuals are below this, relative to marginal cost."),
    "euler_residual_q95": (_SHARE, "95 % of the absolute Euler residuals are below this, relative to marginal cost."),
    "euler_residual_q99": (_SHARE, "99 % of the absolute Euler residuals are below this, relative to marginal cost."),
    "trajectories": (_PLAIN, "Fresh paths whose residuals the page draws, where they are not those that decide."),
    "euler_mse": (_SQUARE, "Mean squared Euler residual on fresh paths, in squared units of the payoff."),
    "present_value_gap_mean": (
        _SHARE,
        "Gap of marginal cost to the present value of what it buys, mean over dates.",
    ),
    "present_value_gap_max": (
        _SHARE,
        "That gap at its worst date. The explosive root shows here, not in residuals.",
    ),
    "mean_at_start": (_PLAIN, "Mean state over agents in the first period."),
    "mean_at_end": (_PLAIN, "Mean state over agents at the end of the prolonged paths."),
    "has_reference": (_COUNT, "1 if a closed form or a near-exact reference is known for this calibration, else 0."),
    "policy_error_mean": (_SHARE, "Distance of the policy to the reference on fresh paths, mean, relative to it."),
    "policy_error_max": (_SHARE, "Distance of the policy to the reference where it is largest, relative to it."),
    "policy_error_absolute": (_SQUARE, "Distance of the policy to the reference, mean, in units of the action."),
    "off_path_euler_residual_max": (
        _SHARE,
        "Root mean square Euler residual in distributions off the path, the worst of them: shifted, spread out, all "
        "agents alike, two groups.",
    ),
    "off_path_policy_error_mean": (_SHARE, "Distance of the policy to the reference there, mean, relative to it."),
    "off_path_policy_error_max": (_SHARE, "Distance of the policy to the reference there where it is largest."),
    "bellman_residual_rms": (
        _SHARE,
        "Root mean square gap of the value to the right side of its Bellman equation, over the mean payoff.",
    ),
    "first_order_residual_rms": (
        _SHARE,
        "Root mean square slope of that right side in the action, over marginal cost; zero at the best action.",
    ),
    "deviation_gain_max": (
        _SHARE,
        "The most that another action for a period would gain, over the mean payoff; below zero where all lose.",
    ),
    "off_path_bellman_residual_rms": (_SHARE, "That gap in distributions off the path: shifted, spread out, bunched."),
    "off_path_first_order_residual_rms": (_SHARE, "That slope in distributions off the path."),
    "off_path_deviation_gain_max": (_SHARE, "That gain in distributions off the path."),
    "value_gap": (_SHARE, "Discounted payoffs along own paths less the exported value, mean, over its size."),
    "value_gap_standard_error": (_SHARE, "Standard error of that mean over paths."),
    "value_gap_beyond_noise": (_SHARE, "What is left of that gap beyond four standard errors."),
    "margin_gap": (
        _SHARE,
        "What one more unit of the action pays along own paths, whatever the value says, less what it takes; mean.",
    ),
    "margin_gap_standard_error": (_SHARE, "Standard error of that mean over paths."),
    "margin_gap_beyond_noise": (_SHARE, "What is left of that gap beyond four standard errors."),
    "value_error_mean": (_SHARE, "Distance of the value to the exact one on fresh paths, mean, over its size."),
    "value_error_max": (_SHARE, "Distance of the value to the exact one where it is largest, over its mean size."),
    "parameters": (_COUNT, "Weights that training moved."),
    "train_seconds": (_SECONDS, "Wall-clock time of training, in seconds."),
    "train_mse": (_SQUARE, "Last training loss, in squared units of the payoff. Small is not yet right."),
    "converged": (_WORDS, "Whether every test that decides is passed."),
    "reason": (_WORDS, "The gravest reason why not."),
}


def explanation(name: str) -> str:
    """Returns one line on a diagnostic; empty for one that is not known here."""
    return _entry(name)[1]


def written(name: str, value: Any) -> str:
    """Returns the value of a diagnostic as the page shows it."""
    kind = _entry(name)[0]
    if value is None and kind != _WORDS:
        return formats.NOT_FINITE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return formats.plain(value)
    if kind == _COUNT and math.isfinite(value):
        return f"{value:,.0f}"
    writers = {_SHARE: formats.percent, _SQUARE: formats.scientific, _SECONDS: formats.seconds, _FIT: formats.fit}
    return writers.get(kind, formats.plain)(value)


def quantity(name: str, value: float | None) -> str:
    """Returns what was measured of a check with four digits, a share in per cent."""
    if value is None:
        return formats.NOT_FINITE
    return f"{100 * value:.4g} %" if _entry(name)[0] == _SHARE else f"{value:.4g}"


def limit(name: str, expected: str) -> str:
    """Returns what is expected of a check, as "<= 0.001", in the units of `quantity`."""
    sign, _, number = expected.partition(" ")
    try:
        return f"{sign} {quantity(name, float(number))}"
    except ValueError:
        return expected


def _entry(name: str) -> tuple[str, str]:
    return (
        _GLOSSARY.get(name)
        or _signature_entry(name)
        or branch_entry(name)
        or network_entry(name)
        or firm_entry(name)
        or flip_entry(name)
        or household_entry(name)
        or horizon_entry(name)
        or (_WORDS, "")
    )


def _signature_entry(name: str) -> tuple[str, str] | None:
    """Of the distance of exported functions to what was measured; a name is added where one of them is off."""
    if not name.startswith(SIGNATURES):
        return None
    which = f"the exported {name.removeprefix(SIGNATURES)[1:]}" if name != SIGNATURES else "all exported functions"
    return _SHARE, f"Distance of {which} to what was measured, at worst, over the mean size of the output."
