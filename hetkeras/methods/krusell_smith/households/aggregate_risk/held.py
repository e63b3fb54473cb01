"""Against what the exported functions of households under aggregate shocks are held: the diagnosis rests on them."""

from __future__ import annotations

import numpy as np

from hetkeras.diagnosis.held import Held
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import (
    Choice,
    LoadedAggregateRisk,
    Situation,
)

PLACES, SEED = 200, 4_002


def held_functions(policy: LoadedAggregateRisk) -> dict[str, Held]:
    """At states drawn from the whole range and from beyond its ends."""
    model, rng = policy.model, np.random.default_rng(SEED)
    (low, high), span = model.mean_capital_bounds, model.greatest_assets - model.borrowing_limit
    inputs = policy.inputs(
        Situation(
            rng.integers(model.idiosyncratic_chain.num_states, size=PLACES),
            model.borrowing_limit + 1.1 * span * rng.uniform(size=PLACES) ** 3,
            rng.integers(model.aggregate_chain.num_states, size=PLACES),
            rng.uniform(0.9 * low, 1.1 * high, PLACES),
        )
    )
    economy = {name: inputs[name] for name in ("aggregate", "mean_capital")}
    return {
        "policy": Held(inputs, tested=Choice._fields),
        "forecast": Held(economy, tested=("mean_capital_next", "interest")),
    }
