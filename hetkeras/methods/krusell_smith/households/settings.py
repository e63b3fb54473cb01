"""Settings of the stationary equilibrium of households."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from annotated_types import Interval

from hetkeras.settings import Knots, Positive, Settings, Steps


@dataclasses.dataclass(frozen=True)
class StationarySettings(Settings):
    """A step tries one interest rate."""

    num_steps: Annotated[Steps, "Rates that are tried at most."] = 80
    num_assets: Annotated[Knots, "H, nodes of assets, of the policy and of the distribution."] = 1000
    pivot: Annotated[Positive, "Assets above the limit up to which nodes are about even; beyond, their ratios are."] = (
        0.25
    )
    tolerance: Annotated[Positive, "Relative distance of assets held to assets offered at which the market clears."] = (
        1e-9
    )
    policy_tolerance: Annotated[Positive, "Largest relative change of consumption in an iteration, at its end."] = 1e-11
    max_iterations: Annotated[int, Interval(ge=10, le=10_000_000)] = 100_000  # of endogenous grid points at a rate
