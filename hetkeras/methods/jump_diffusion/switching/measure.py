"""Measures a reloaded value over binary states whose flips take turns."""

from __future__ import annotations

from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.held import with_signatures
from hetkeras.methods.jump_diffusion.switching.diagnosis import diagnose_turns, own_paths, own_states
from hetkeras.methods.jump_diffusion.switching.held import held_functions
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.paths import States, TurnPaths
from hetkeras.saved_model import LoadedSolution


def measure_on_paths(loaded: LoadedSolution) -> tuple[Diagnosis, TurnPaths, States]:
    """Diagnoses a reloaded value; returns its paths, and states that it goes to, for what else is asked of them."""
    policy = LoadedTurnPolicy(loaded.model, loaded.signatures)
    paths = own_paths(policy)
    visited = own_states(paths)
    diagnosis = with_signatures(diagnose_turns(paths, visited), loaded, held_functions(policy, visited))
    return diagnosis, paths, visited
