"""States at which exported functions of any model can be called, without a diagnosis: drawn ones, not visited ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.diagnosis.held import Held
from hetkeras.methods.euler_residual import held as agents
from hetkeras.methods.euler_residual.verbs import dtype_of, reloaded_policy
from hetkeras.methods.jump_diffusion import held as flips
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.methods.jump_diffusion.switching import held as turns
from hetkeras.methods.jump_diffusion.switching.diagnosis import drawn_states
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.krusell_smith.branching import held as branches
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.households import held as households
from hetkeras.methods.krusell_smith.households.aggregate_risk import held as aggregate_risk
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import LoadedAggregateRisk
from hetkeras.methods.krusell_smith.households.loaded import LoadedHouseholds
from hetkeras.methods.krusell_smith.lumpy import held as firms
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.saved_model import LoadedSolution

PERIODS = 200
STATES = 40


def held_functions(loaded: LoadedSolution) -> dict[str, Held]:
    """Name of each exported function -> where it is called, and what must come out; by the functions that there are."""
    return next(kind(loaded) for name, kind in KINDS.items() if name in loaded.signatures)


def _agents(loaded: LoadedSolution) -> dict[str, Held]:
    return agents.held_functions(loaded.model, reloaded_policy(loaded), dtype_of(loaded))


def _flips(loaded: LoadedSolution) -> dict[str, Held]:
    model = loaded.model
    return flips.held_functions(
        model, LoadedFlipPolicy(model, loaded.signatures), *model.sample(tf.constant([0, 0]), STATES)
    )


def _turns(loaded: LoadedSolution) -> dict[str, Held]:
    return turns.held_functions(LoadedTurnPolicy(loaded.model, loaded.signatures), drawn_states(loaded.model))


def _branches(loaded: LoadedSolution) -> dict[str, Held]:
    finer = (loaded.metadata["training"].get(f"finer_{name}", 1) for name in ("capital", "labor"))
    policy = LoadedBranchPolicy(loaded.model, loaded.signatures, tuple(finer))
    return branches.held_functions(policy, _economies(policy), 0)


def _firms(loaded: LoadedSolution) -> dict[str, Held]:
    policy = LoadedFirmPolicy(loaded.model, loaded.signatures)
    return firms.held_functions(policy, _economies(policy), 0)


def _households(loaded: LoadedSolution) -> dict[str, Held]:
    policy = LoadedHouseholds(loaded.model, loaded.signatures, loaded.metadata["training"]["interest"])
    return households.held_functions(policy)


def _aggregate_risk(loaded: LoadedSolution) -> dict[str, Held]:
    return aggregate_risk.held_functions(LoadedAggregateRisk(loaded.model, loaded.signatures))


def _economies(policy: Any) -> dict[str, np.ndarray]:
    """A simulation as a diagnosis tells it: aggregate states, mean capital, and prices near those expected."""
    model, rng = policy.model, np.random.default_rng(0)
    aggregate = rng.integers(model.aggregate_chain.num_states, size=PERIODS).astype(np.int32)
    low, high = model.mean_capital_bounds
    mean_capital = rng.uniform(low, high, PERIODS)
    expected = policy.forecast(tf.constant(aggregate), tf.constant(mean_capital))[1:]
    prices = zip(model.price_names, expected, strict=True)
    return {
        "aggregate_index": aggregate,
        "mean_capital": mean_capital,
        **{name: price.numpy() * rng.uniform(0.99, 1.01, PERIODS) for name, price in prices},
    }


KINDS: dict[str, Callable[[LoadedSolution], dict[str, Held]]] = {
    "industry_policy": _agents,
    "opportunity": _flips,
    "exact": _turns,
    "choices": _branches,
    "targets": _firms,
    "forecast": _aggregate_risk,  # after firms, who have one too
    "policy": _households,  # last: others have one too
}
"""A function that tells which method a solution is of -> the states of that method."""
