"""Measures a reloaded value over links that take turns: diagnosis, worth of links, what happens over time."""

from __future__ import annotations

import dataclasses

import numpy as np

from hetkeras.analysis.production_network.consumption_equivalents import consumption_equivalents
from hetkeras.analysis.production_network.link_worth import link_worth
from hetkeras.analysis.production_network.network_paths import fall, grown_network, largest_sector, productivity_fall
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.jump_diffusion.switching.diagnosis import residuals
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.measure import measure_on_paths
from hetkeras.methods.jump_diffusion.switching.paths import States, TurnPaths
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase


def measure_turns(loaded: LoadedSolution[ProductionNetwork]) -> Diagnosis:
    """Diagnoses a reloaded value, and tells the economics of its links."""
    with phase("diagnosis"):
        diagnosis, paths, visited = measure_on_paths(loaded)
    with phase("links over time"):
        return _with_links(diagnosis, paths.policy, paths, visited)


def _with_links(
    diagnosis: Diagnosis,
    policy: LoadedTurnPolicy[ProductionNetwork],
    paths: TurnPaths[ProductionNetwork],
    visited: States,
) -> Diagnosis:
    """Adds what links are worth and what becomes of them."""
    grown = grown_network(paths)
    tables = {
        "links": link_worth(policy, visited),
        "productivity_fall": productivity_fall(paths, visited),
        "growth": grown.path,
        "snapshot_sectors": grown.sectors,
        "snapshots": grown.links,
    }
    numbers = consumption_equivalents(policy) | _after_fall(policy, visited)
    finite = {name: finite_number(number) for name, number in numbers.items()}
    return dataclasses.replace(
        diagnosis, numbers={**diagnosis.numbers, **finite}, tables={**diagnosis.tables, **tables}
    )


def _after_fall(policy: LoadedTurnPolicy[ProductionNetwork], visited: States) -> dict[str, float]:
    """How far the value can be trusted where one sector alone has become less productive, which training never saw."""
    sector = largest_sector(policy.model)
    moved = visited._replace(state=visited.state + fall(policy.model, sector))
    size = residuals(policy.model, policy, *moved)
    return {"fallen_sector": sector, "residual_fallen_rms": np.sqrt(np.mean(np.square(size)))}
