"""What a solve of households under aggregate shocks shows while it runs: how well households choose."""

from __future__ import annotations

import numpy as np

from hetkeras.methods.krusell_smith.households.aggregate_risk.euler_errors import euler_errors, situations
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import LoadedAggregateRisk
from hetkeras.methods.krusell_smith.households.aggregate_risk.options import HouseholdSolver
from hetkeras.methods.krusell_smith.households.error_quantiles import error_quantiles

PLACES = 4  # last periods of the simulation
STEP = 7  # nodes of the distribution from one household to the next


def watched(solver: HouseholdSolver) -> dict[str, float]:
    """Quantiles of Euler errors halfway between nodes, as a network or consumption on nodes stands.

    They are taken in the last periods of the last simulation. Before the first one there are none.
    """
    capital = solver.round.series.get("mean_capital", np.zeros(0))
    if not capital.size:
        return {}
    signatures = {name: each.function for name, each in solver.solution().signatures.items()}
    policy, nodes = LoadedAggregateRisk(solver.model, signatures), solver.table.nodes
    last, between = np.arange(len(capital))[-PLACES:], (nodes[1:] + nodes[:-1]) / 2
    here = situations(policy, solver.round.path[last], capital[last], between[::STEP])
    return error_quantiles(euler_errors(policy, here, policy.choose(here)))
