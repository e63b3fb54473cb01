"""Against what the exported policy of households is held: the diagnosis rests on all of it."""

from __future__ import annotations

import numpy as np

from hetkeras.diagnosis.held import Held
from hetkeras.methods.krusell_smith.households.loaded import HouseholdChoice, LoadedHouseholds

PLACES = 64


def held_functions(policy: LoadedHouseholds) -> dict[str, Held]:
    """At assets over the whole range and beyond its end, in every state."""
    model = policy.model
    assets = np.linspace(model.borrowing_limit, 1.1 * model.greatest_assets, PLACES)
    here = np.broadcast_to(assets, (model.idiosyncratic_chain.num_states, PLACES))
    return {"policy": Held(policy.inputs(here), tested=HouseholdChoice._fields)}
