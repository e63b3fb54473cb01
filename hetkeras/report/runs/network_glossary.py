"""Diagnostics of a production network: how each is written and what it says."""

from __future__ import annotations

CONSUMPTION = {
    "forming_consumption": "forming links under the policy, starting with none, over none ever",
    "losing_consumption": "links that come and go, starting with all, over all that stay for ever",
    "network_consumption": "having all links now over having none, under the policy",
    "frozen_network_consumption": "having all links over having none if none ever moved",
}
"""Numbers that are shares of consumption for ever, and what they are worth of."""

_ENTRIES: dict[str, tuple[str, str]] = {
    "value_full": (
        "plain",
        "What the network says of the value where continuous states rest and every binary state is on.",
    ),
    "frozen_value_full": ("plain", "Value there if nothing ever switched again, in closed form."),
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
        "Root mean square distance of the value to exact values, in the units of option_value_mean and over it: V "
        "itself may hardly vary between binary states.",
    ),
    "option_error_max": ("share", "The largest such distance."),
    "range_error_max": ("share", "The largest error of the value relative to the range of exact values."),
    "option_value_mean": (
        "plain",
        "Worth of switching at all, mean over states; in logs of constant consumption where the value is of utility.",
    ),
    "fallen_sector": ("count", "Number of the one whose productivity falls where the answer is measured."),
    "residual_fallen_rms": (
        "share",
        "Root mean square residual of the HJB equation on own paths after one productivity alone has fallen by two "
        "standard deviations, which training never saw; units as of residual_own_rms.",
    ),
    "accepted_share": (
        "share",
        "Share of the opportunities open in the regime that would be taken if what they switch on were off.",
    ),
}

_ENTRIES |= {
    name: ("share", f"Worth of {label}, at mean productivity, as a share of consumption for ever.")
    for name, label in CONSUMPTION.items()
}


def network_entry(name: str) -> tuple[str, str] | None:
    """Returns how a diagnostic is written and what it says; None if it is not of this family."""
    return _ENTRIES.get(name)
