"""What the verbs ask of the method of backward equations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.held import with_signatures
from hetkeras.errors import CalibrationError
from hetkeras.method import Method, by_function, register
from hetkeras.methods.backward_sde.backward_equation import path_values
from hetkeras.methods.backward_sde.check import check_diffusion
from hetkeras.methods.backward_sde.diagnosis import diagnose_value
from hetkeras.methods.backward_sde.held import held_functions, visited
from hetkeras.methods.backward_sde.loaded import loaded_value
from hetkeras.methods.backward_sde.monitors import monitors
from hetkeras.methods.backward_sde.options import BackwardOptions, make_solver, need
from hetkeras.methods.backward_sde.paths import antithetic_shocks, simulate, start_of
from hetkeras.methods.backward_sde.solver import BackwardSDE
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.trainer import Action

DATES = 20  # of own inputs


class BackwardSDEMethod(Method[TerminalValueDiffusion, BackwardOptions, BackwardSDE]):
    """A value with a horizon, trained on the backward equation along simulated paths."""

    contract, options = TerminalValueDiffusion, BackwardOptions
    shaping = ("network", "width", "latent")

    def check(self, model: TerminalValueDiffusion) -> Iterable[str]:
        return check_diffusion(model)

    def need(self, model: TerminalValueDiffusion, options: BackwardOptions) -> Need:
        return need(model, options)

    def solver(self, model: TerminalValueDiffusion, options: BackwardOptions) -> BackwardSDE:
        return make_solver(model, options)

    def actions(self, run: RunDirectory, solver: BackwardSDE) -> list[Action]:
        return monitors(run, solver)

    def measure(
        self,
        loaded: LoadedSolution[TerminalValueDiffusion],
        options: BackwardOptions,
        solver: BackwardSDE | None = None,
    ) -> Diagnosis:
        function = loaded_value(loaded.signatures)
        with phase("diagnosis"):
            diagnosis = diagnose_value(loaded.model, function)
            return with_signatures(diagnosis, loaded, held_functions(loaded.model, function))

    def own_inputs(
        self, loaded: LoadedSolution[TerminalValueDiffusion], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray]]:
        time, state = visited(loaded.model, DATES, 2 * -(-rows // (2 * DATES)), seed)
        return by_function(loaded, {"time": time, "state": state})

    def simulate(
        self, loaded: LoadedSolution[TerminalValueDiffusion], periods: int, seed: int
    ) -> Mapping[str, np.ndarray]:
        """One path from the initial state to the horizon at as many dates as periods."""
        if periods < 2:
            raise CalibrationError(f"periods is {periods}; expected at least 2, the start and the horizon")
        model = loaded.model
        shocks = antithetic_shocks(tf.constant([seed, 0]), (periods - 1, 2, model.num_states), "normal")
        paths = simulate(model, start_of(model, 2), 0.0, shocks)
        value, following = path_values(model, loaded_value(loaded.signatures), paths)
        state = paths.state.numpy()[:, 0]
        realized = np.append(following.numpy()[:, 0], value.numpy()[-1, 0])
        columns = {"value": value.numpy()[:, 0], "realized": realized}
        return {
            "time": paths.time.numpy()[:, 0],
            **columns,
            "mean_state": state.mean(-1),
            "sd_state": state.std(-1),
        }


register(BackwardSDEMethod())
