"""Diagnostics of a value over binary states: how each is written and what it says."""

from __future__ import annotations

_ENTRIES: dict[str, tuple[str, str]] = {
    "num_binary": ("count", "Binary states, elements that are on or off, J: there are 2^J sets of them."),
    "value_scale": ("plain", "Typical size of the value, before anything is solved: residuals are relative to it."),
    "residual_own_rms": (
        "share",
        "Root mean square residual of the HJB equation where the policy leads, jumps realized, over ρ times the "
        "typical value: 1 % that never changes sign is a value that is 1 % off.",
    ),
    "residual_own_p95": (
        "share",
        "95 % of the residuals where the policy leads are smaller than this in absolute value.",
    ),
    "gain_residual_own_rms": (
        "share",
        "Root mean square residual of the equation of one flip's gain where the policy leads, over ρ times a J-th of "
        "the typical value (where flips take turns, over the flip's own worth times ρ and the rates at which flip and "
        "turn pass): values of many elements can be right while the gains that decide are not.",
    ),
    "residual_drawn_rms": (
        "share",
        "Root mean square residual on states drawn at random, far beyond where the policy leads; same units.",
    ),
    "residual_drawn_p95": ("share", "95 % of the residuals on drawn states are smaller than this in absolute value."),
    "value_at_rest": (
        "plain",
        "What the network says of the value where continuous states rest and every element is off.",
    ),
    "policy_value": (
        "plain",
        "What the policy is worth from rest with every element off, by simulation without the network's value: at most "
        "the true value, but for sampling error.",
    ),
    "policy_value_error": ("plain", "Standard error of the simulated value of the policy."),
    "policy_value_gap": (
        "plain",
        "Distance of what the network says of the value to what its policy is worth by simulation. A wrong value shows "
        "here even if its residuals are small.",
    ),
    "policy_value_limit": (
        "plain",
        "The largest such distance that passes: three standard errors and 1 % of the policy's value.",
    ),
    "outside_bounds": (
        "share",
        "How far values leave the bounds between which the true value must lie, at worst, over the typical value.",
    ),
    "value_error_rms": (
        "share",
        "Root mean square distance of the value to exact values, over the root mean square of these.",
    ),
    "value_error_max": ("share", "Distance of the value to exact values where it is largest, over their mean."),
    "gain_error_mean": (
        "share",
        "Distance of what an element adds to the value, to the exact number, mean over elements, over its mean.",
    ),
    "decisions_right": ("plain", "Share of opportunities to switch on that are decided as the exact values would."),
    "rejected_share": ("share", "Share of opportunities to switch on that are not taken, at states of exact values."),
    "rejected_share_known": ("share", "The same as exact values decide."),
    "active_share": ("plain", "Share of elements that are on, mean over own paths."),
    "long_run_active_share": (
        "plain",
        "Share of elements that are on, mean over many simulated paths in the long run.",
    ),
    "value_own_mean": ("plain", "The value, mean over own paths."),
    "off_path_residual_max": (
        "share",
        "Largest residual of the HJB equation off the path: at corners of the binary states (all off, all on, one on, "
        "one off), and all off and all on where continuous states are three standard deviations away; same units.",
    ),
    "off_path_gain_gap": (
        "square",
        "Largest distance of gains there to the values that they are differences of, over a J-th of the typical value.",
    ),
    "promised_value_gap_max": (
        "share",
        "Largest distance between the value there and what the policy delivers from there on, over the value or, where "
        "it is less, the typical value. Delivered is the value less the discounted residuals along paths, and the "
        "baseline after their end.",
    ),
    "promised_value_error_max": ("share", "Largest standard error of that distance."),
    "off_path_value_gap": (
        "share",
        "The same distance with three standard errors on top: an error of the value beyond it would have been seen.",
    ),
    "off_path_policy_value_gap": (
        "share",
        "Distance of the value to what the policy is worth by simulation without the network's value, less three "
        "standard errors, over the typical value: all off, three standard deviations away.",
    ),
    "off_path_policy_worth_gap": (
        "share",
        "The same where flips take turns, from all of those states and less four standard errors.",
    ),
    "off_path_value_error_rms": (
        "share",
        "Root mean square distance of the value to exact values within three standard deviations, over that of these.",
    ),
    "off_path_value_error_max": ("share", "Distance of the value to exact values there where it is largest."),
    "off_path_gain_error_mean": (
        "share",
        "Distance of gains to exact ones there, mean over elements, over their mean.",
    ),
    "off_path_decisions_right": ("plain", "Share of opportunities there that are decided as the exact values would."),
}


def flip_entry(name: str) -> tuple[str, str] | None:
    """Returns how a diagnostic is written and what it says, or None if it is not known here."""
    return _ENTRIES.get(name)
