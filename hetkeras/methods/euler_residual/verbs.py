"""What the verbs ask of the method of Euler residuals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from hetkeras.box import Box
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.everywhere import everywhere
from hetkeras.diagnosis.held import with_signatures
from hetkeras.errors import CalibrationError
from hetkeras.method import Method, register
from hetkeras.methods.euler_residual.bellman.diagnosis import diagnose_value
from hetkeras.methods.euler_residual.check import check_economy
from hetkeras.methods.euler_residual.concentration import with_concentration
from hetkeras.methods.euler_residual.diagnosis import EVALUATIONS, diagnose, with_trajectories
from hetkeras.methods.euler_residual.held import function_inputs, held_functions, together, visited
from hetkeras.methods.euler_residual.loaded import loaded_at, loaded_policy
from hetkeras.methods.euler_residual.moments import economy_moments
from hetkeras.methods.euler_residual.monitors import monitors
from hetkeras.methods.euler_residual.options import NETWORK, EulerOptions, make_solver, need
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.methods.euler_residual.solver import EulerResidual
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.trainer import Action

OWN_PATHS, MOST_NUMBERS = 20, 1 << 21  # of own inputs: paths, and states of agents at most
POINTS = 6  # calibrations of a box at which own inputs are taken


class EulerResidualMethod(Method[SymmetricEconomy, EulerOptions, EulerResidual]):
    """A permutation-invariant policy, trained on the Euler equation."""

    contract, options = SymmetricEconomy, EulerOptions
    shaping = ("method", "precision", *NETWORK, "over")
    measuring = ("trajectories",)

    def check(self, model: SymmetricEconomy) -> Iterable[str]:
        return check_economy(model)

    def need(self, model: SymmetricEconomy, options: EulerOptions) -> Need:
        return need(model, options)

    def solver(self, model: SymmetricEconomy, options: EulerOptions) -> EulerResidual:
        return make_solver(model, options)

    def actions(self, run: RunDirectory, solver: EulerResidual) -> list[Action]:
        return monitors(run, solver)

    def trained(self, solver: EulerResidual, metrics: Mapping[str, float]) -> dict[str, float]:
        if not metrics or solver.networks != (solver.policy,):  # residuals of the Bellman equation have several units
            return {}
        return {"train_mse": metrics["loss"] * solver.scale**2}

    def measure(
        self, loaded: LoadedSolution[SymmetricEconomy], options: EulerOptions, solver: EulerResidual | None = None
    ) -> Diagnosis:
        if loaded.over is not None:
            return measured_over_box(loaded, loaded.over)
        with phase("diagnosis"):
            diagnosis = measured(loaded)
        if has_value(loaded):
            return diagnosis
        if options.trajectories:
            with phase(f"residuals along {options.trajectories:,} paths"):
                diagnosis = with_trajectories(diagnosis, loaded.model, reloaded_policy(loaded), options.trajectories)
        if solver is None:
            return diagnosis
        with phase("concentration of measure"):
            return with_concentration(diagnosis, loaded.model, reloaded_policy(loaded))

    def moments(
        self, loaded: LoadedSolution[SymmetricEconomy], periods: int, firms: int, seed: int
    ) -> Mapping[str, float]:
        _refuse_a_box(loaded)
        return economy_moments(loaded.model, reloaded_policy(loaded), periods, firms, seed)

    def own_inputs(
        self, loaded: LoadedSolution[SymmetricEconomy], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, tf.Tensor]]:
        over = loaded.over
        if over is None:
            return own_inputs(loaded, rows, seed)
        points = [dict(zip(over.names, map(float, values), strict=True)) for values in over.spread(POINTS, seed)]
        return together([(theta, own_inputs(loaded.at(**theta), -(-rows // len(points)), seed)) for theta in points])

    def simulate(self, loaded: LoadedSolution[SymmetricEconomy], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        _refuse_a_box(loaded)
        model, policy = loaded.model, reloaded_policy(loaded)
        states = simulate(model, policy, seed, 1, periods)[:, 0]
        action = policy(model.deciding_agents(states), states).numpy()
        columns = {f"mean_{name}": states[..., d].numpy().mean(-1) for d, name in enumerate(model.state_names)}
        columns |= {f"sd_{name}": states[..., d].numpy().std(-1) for d, name in enumerate(model.state_names)}
        return {"period": np.arange(periods), **columns, f"mean_{model.action_name}": action.mean(-1)}


def _refuse_a_box(loaded: LoadedSolution[SymmetricEconomy]) -> None:
    if loaded.over is not None:
        names = ", ".join(f"{name}=..." for name in loaded.over.names)
        raise CalibrationError(f"{loaded.path} is for a box of calibrations; choose one, as in loaded.at({names})")


def measured(loaded: LoadedSolution[SymmetricEconomy], evaluations: int = EVALUATIONS) -> Diagnosis:
    """Diagnoses a reloaded solution and the functions that it exports."""
    policy = reloaded_policy(loaded)
    held = held_functions(loaded.model, policy, dtype_of(loaded), has_value(loaded))
    if has_value(loaded):
        return with_signatures(diagnose_value(loaded.model, *value_and_policy(loaded), policy), loaded, held)
    return with_signatures(diagnose(loaded.model, policy, evaluations=evaluations), loaded, held)


def own_inputs(loaded: LoadedSolution[SymmetricEconomy], rows: int, seed: int) -> dict[str, dict[str, tf.Tensor]]:
    """Inputs of each exported function on paths at one calibration; fewer rows where there are very many agents."""
    periods = -(-min(rows, max(1, MOST_NUMBERS // loaded.model.num_agents)) // OWN_PATHS)
    seen = visited(loaded.model, reloaded_policy(loaded), dtype_of(loaded), OWN_PATHS, periods, seed)
    return function_inputs(loaded.model, seen, has_value(loaded))


def measured_over_box(loaded: LoadedSolution[SymmetricEconomy], over: Box) -> Diagnosis:
    """Diagnoses it at the corners of its box, in the middles of the faces and inside, on fewer paths each."""
    points = over.proof()
    rows = [dict(zip(over.names, map(float, values), strict=True)) for values in points]
    with phase(f"diagnosis at {len(rows)} calibrations", ticking=False):
        shown = tqdm(rows, "diagnosis by calibration", leave=False, disable=None)
        return everywhere([(theta, measured(loaded.at(**theta), EVALUATIONS // len(rows))) for theta in shown])


def reloaded_policy(loaded: LoadedSolution[SymmetricEconomy]) -> Policy:
    """The policy out of its SavedModel, in the dtype of its export."""
    return loaded_policy(loaded.model, loaded.signatures, dtype_of(loaded))


def has_value(loaded: LoadedSolution) -> bool:
    """Whether the Bellman equation was solved, so that a value is exported too."""
    return "value" in loaded.signatures


def value_and_policy(loaded: LoadedSolution[SymmetricEconomy]) -> tuple[Policy, Policy]:
    """Value and policy of any agent out of the SavedModel."""
    dtype, signatures = dtype_of(loaded), loaded.signatures
    value = loaded_at(loaded.model, signatures["value"], "value", dtype)
    return value, loaded_at(loaded.model, signatures["policy"], loaded.model.action_name, dtype)


def dtype_of(loaded: LoadedSolution) -> str:
    """The precision of inputs and outputs."""
    return loaded.metadata["signatures"]["policy"]["dtype"]


register(EulerResidualMethod())
