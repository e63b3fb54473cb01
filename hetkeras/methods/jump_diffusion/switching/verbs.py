"""What the verbs ask of the method of jump diffusions whose opportunities follow a Markov chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, by_function, register
from hetkeras.methods.jump_diffusion.check import check_jumps
from hetkeras.methods.jump_diffusion.monitors import monitors
from hetkeras.methods.jump_diffusion.paths import path_columns
from hetkeras.methods.jump_diffusion.switching.diagnosis import MOMENTS, own_states
from hetkeras.methods.jump_diffusion.switching.huang_yu_solver import SwitchingHuangYuSolver
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy, ModelT
from hetkeras.methods.jump_diffusion.switching.measure import measure_on_paths
from hetkeras.methods.jump_diffusion.switching.options import SwitchingOptions, make_solver, need
from hetkeras.methods.jump_diffusion.switching.paths import TurnPaths
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.trainer import Action

TurnSolver = SwitchingJumpDiffusionSolver | SwitchingHuangYuSolver
EVENTS = 100_000  # more than happen in a period, so that no two periods share draws


class SwitchingMethod(Method[ModelT, SwitchingOptions, TurnSolver]):
    """Values by regime on the HJB equation with realized jumps; or the losses that Huang and Yu (2024) print."""

    contract, options = SwitchingJumpDiffusion, SwitchingOptions
    shaping = ("mode", "network", "width", "latent")

    def check(self, model: ModelT) -> Iterable[str]:
        return check_jumps(model)

    def need(self, model: ModelT, options: SwitchingOptions) -> Need:
        return need(model, options)

    def solver(self, model: ModelT, options: SwitchingOptions) -> TurnSolver:
        return make_solver(model, options)

    def actions(self, run: RunDirectory, solver: TurnSolver) -> list[Action]:
        return monitors(run, solver, type(solver.model).__name__)

    def measure(
        self,
        loaded: LoadedSolution[ModelT],
        options: SwitchingOptions,
        solver: TurnSolver | None = None,
    ) -> Diagnosis:
        with phase("diagnosis"):
            return measure_on_paths(loaded)[0]

    def own_inputs(
        self, loaded: LoadedSolution[ModelT], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray]]:
        policy = LoadedTurnPolicy(loaded.model, loaded.signatures)
        visited = own_states(TurnPaths(policy, -(-rows // MOMENTS), seed))
        states = policy.inputs(visited.state, visited.binary)
        return by_function(loaded, {**states, loaded.model.regime_name: visited.regime})

    def simulate(self, loaded: LoadedSolution[ModelT], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        model = loaded.model
        paths = TurnPaths(LoadedTurnPolicy(model, loaded.signatures), 2, seed)
        turns = paths.start(model.long_run_mean(), np.zeros(model.num_binary))
        rows = []
        for _ in range(periods):
            rows.append([part.numpy()[0] for part in (turns.state, turns.binary, turns.regime)])
            turns = paths.run(turns, 1.0, EVENTS * len(rows))
        states, binary, regime = (np.array(column) for column in zip(*rows, strict=True))
        return {
            "time": np.arange(periods, dtype=float),
            model.regime_name: regime,
            **path_columns(model, states, binary),
        }


register(SwitchingMethod())
