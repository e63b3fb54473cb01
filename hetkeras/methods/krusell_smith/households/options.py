"""Options of a solve of households."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.method import Options
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.training.memory import Need

FINER = 2  # times the nodes, of the reference
ENTRIES = 400.0  # bytes that a node of the distribution takes for each state that follows


@dataclasses.dataclass(frozen=True)
class HouseholdOptions(Options):
    """As `Options`, and what is measured."""

    reference: Annotated[bool, "Solve once more on twice the nodes, to compare with."] = True


def make_settings(options: HouseholdOptions) -> StationarySettings:
    """The settings asked for; both presets are alike."""
    return StationarySettings.chosen({}, options.solver)


def need(model: PriceTakingHouseholds, options: HouseholdOptions) -> Need:
    """Memory of the equations of the distribution, which have as many unknowns as there are nodes."""
    states = model.idiosyncratic_chain.num_states
    nodes = make_settings(options).num_assets * (FINER if options.reference else 1)
    return Need(
        ENTRIES * nodes * states**2,
        f"the distribution over {states} states and {nodes} nodes of assets",
        "use fewer nodes (--solver=num_assets=...) or no reference (--reference=false)",
    )
