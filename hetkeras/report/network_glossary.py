"""Diagnostics of a production network: how each is written and what it says."""

from __future__ import annotations

_ENTRIES: dict[str, tuple[str, str]] = {
    "value_full": ("plain", "What the network says of the value where productivity rests and every link is on."),
    "frozen_value_full": ("plain", "Value there if no link ever moved again, in closed form."),
    "policy_worth": (
        "plain",
        "What the policy is worth there by simulation, event by event, without the network's value: at most the true "
        "value, but for sampling error.",
    ),
    "policy_worth_error": ("plain", "Standard error of what the policy is worth by simulation."),
    "policy_worth_gap": (
        "plain",
        "Distance of what the network says of the value to what its policy is worth by simulation. A wrong value shows "
        "here even if its residuals are small.",
    ),
    "policy_worth_limit": (
        "plain",
        "The largest such distance that passes: three standard errors and 1 % of the scale.",
    ),
    "option_error_rms": (
        "share",
        "Root mean square distance of the value to exact values, in consumption, over the mean worth of forming links "
        "at all: V itself hardly varies between networks.",
    ),
    "option_error_max": ("share", "The largest such distance."),
    "option_value_mean": ("plain", "What forming links at all is worth, log of constant GDP, mean over states."),
    "accepted_share": ("share", "Share of the links of the active sector that would be taken if they were missing."),
}


def network_entry(name: str) -> tuple[str, str] | None:
    """Returns how a diagnostic is written and what it says; None if it is not of this family."""
    return _ENTRIES.get(name)
