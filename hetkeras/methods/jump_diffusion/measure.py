"""Measures a reloaded value over binary states: diagnosis, long-run distribution, answer to an aggregate shock."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.diagnosis.held import with_signatures
from hetkeras.methods.jump_diffusion.diagnosis import diagnose_flips, own_states
from hetkeras.methods.jump_diffusion.firm_panel import FlipEconomies
from hetkeras.methods.jump_diffusion.held import held_functions
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.numerics.paired_paths import with_and_without
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need, free_memory
from hetkeras.training.phases import phase

BURN_IN, YEARS, RECORDS = 60.0, 30.0, 60
SLICE_POINTS = 81
HELD_YEARS = 6.0  # of own paths on which exported functions are compared
COPIES = 12  # tensors of a layer's size that a step holds at once, forward and backward


class FlipPlan(NamedTuple):
    """Groups, and firms of a group, of the simulated distribution; 0 groups for none."""

    groups: int = 20
    firms: int = 100


def measure_flips(loaded: LoadedSolution[JumpDiffusion], plan: FlipPlan = FlipPlan()) -> Diagnosis:
    """Diagnoses a reloaded value and simulates what it implies.

    Raises:
      CalibrationError: if the firms of the plan do not fit into memory.
    """
    model, policy = loaded.model, LoadedFlipPolicy(loaded.model, loaded.signatures)
    firms_need(model, plan).refuse_beyond_free()
    with phase("diagnosis"):
        diagnosis = diagnose_flips(model, policy)
        held = held_functions(model, policy, *own_states(model, policy, HELD_YEARS))
        diagnosis = with_signatures(diagnosis, loaded, held)
    tables = {**diagnosis.tables, "entry_probability": entry_probability(model, policy)}
    numbers = dict(diagnosis.numbers)
    if plan.groups and np.isfinite(model.max_hazard).all():
        with phase(f"{plan.groups * plan.firms:,} firms over time"):
            tables["transition"] = transition(model, policy, plan)
        numbers["long_run_active_share"] = finite_number(tables["transition"]["active_usual"].mean())
    return dataclasses.replace(diagnosis, tables=tables, numbers=numbers)


def transition(model: JumpDiffusion, policy: LoadedFlipPolicy, plan: FlipPlan) -> dict[str, np.ndarray]:
    """Share of active elements after an aggregate shock to the long-run distribution, and without it."""
    economies = FlipEconomies(model, policy.opportunity, plan.groups, plan.firms)
    economies.run(BURN_IN, 1)
    begun = economies.snapshot()

    def run(shocks: float) -> dict[str, np.ndarray]:
        economies.restore(begun)
        shift = tf.constant(shocks * model.one_sd_shock, tf.float32)
        economies.states.assign_add(tf.broadcast_to(shift, economies.states.shape))
        path = economies.run(YEARS, RECORDS)
        flips = {"entries": path.flips[:, 0], "exits": path.flips[:, 1]}
        return {"active": path.active.mean(1), **flips}

    return {"time": YEARS / RECORDS * np.arange(1, RECORDS + 1), **with_and_without(run)}


def entry_probability(model: JumpDiffusion, policy: LoadedFlipPolicy) -> dict[str, np.ndarray]:
    """Share of opportunities taken as the aggregate shock varies, with nothing, half and nine tenths of it all active.

    Always over the same tenth of the elements, so that only what is active makes the difference.
    """
    reach = np.linspace(-3, 3, SLICE_POINTS)
    state = model.long_run_mean() + tf.constant(reach[:, None] * model.one_sd_shock, tf.float32)
    columns = {"impulses": reach}
    order = np.random.default_rng(0).permutation(model.num_binary)
    for share in (0.0, 0.5, 0.9):
        on = np.isin(np.arange(model.num_binary), order[: int(share * model.num_binary)]).astype(np.float32)
        binary = tf.repeat(tf.constant(on)[None], SLICE_POINTS, 0)
        taken = policy.evaluate(state, binary).choice.numpy()[:, order[int(0.9 * model.num_binary) :]]
        columns[f"taken_{round(100 * share)}"] = taken.mean(1)
    return columns


def firms_need(model: JumpDiffusion, plan: FlipPlan) -> Need:
    """Memory of the simulated firms."""
    entries = plan.groups * plan.firms * model.num_binary
    return Need(4.0 * COPIES * entries, f"{plan.groups} groups of {plan.firms} firms", "choose fewer with --groups")


def batch_need(batch_size: int, num_binary: int, width: int) -> Need:
    """Memory of a training step."""
    needed, free = 4.0 * batch_size * num_binary * width * COPIES, free_memory()
    smaller = max(4, int(batch_size * free / max(needed, 1.0)) // 4 * 4)
    return Need(
        needed,
        f"a batch of {batch_size} states with {num_binary} flips of width {width}",
        f"choose a smaller batch with --solver=batch_size={smaller}",
    )
