"""What the verbs ask of the method of jump diffusions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, register
from hetkeras.methods.jump_diffusion.check import check_jumps
from hetkeras.methods.jump_diffusion.diagnosis import EVERY, PATHS, SETTLED, own_states
from hetkeras.methods.jump_diffusion.diagnosis import SPAN as OWN_SPAN
from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.methods.jump_diffusion.measure import FlipPlan, measure_flips
from hetkeras.methods.jump_diffusion.monitors import monitors
from hetkeras.methods.jump_diffusion.options import JumpOptions, make_solver, need
from hetkeras.methods.jump_diffusion.paths import flip_paths, path_columns
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.memory import Need
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.trainer import Action

JumpSolver = JumpDiffusionSolver | HuangYuSolver
SPAN = 0.05  # time of a step of a simulated path, over which rates are those at its start
STRIDE = 20  # of these steps in a period


class JumpDiffusionMethod(Method[JumpDiffusion, JumpOptions, JumpSolver]):
    """A value on the HJB equation with realized jumps; or the losses that Huang and Yu (2024) print."""

    contract, options = JumpDiffusion, JumpOptions
    shaping = ("mode", "network", "width", "latent")
    measuring = ("groups",)

    def check(self, model: JumpDiffusion) -> Iterable[str]:
        return check_jumps(model)

    def need(self, model: JumpDiffusion, options: JumpOptions) -> Need:
        return need(model, options)

    def solver(self, model: JumpDiffusion, options: JumpOptions) -> JumpSolver:
        return make_solver(model, options)

    def actions(self, run: RunDirectory, solver: JumpSolver) -> list[Action]:
        return monitors(run, solver, type(solver.model).__name__)

    def measure(
        self, loaded: LoadedSolution[JumpDiffusion], options: JumpOptions, solver: JumpSolver | None = None
    ) -> Diagnosis:
        plan = options.plan
        return measure_flips(loaded, plan if solver is not None else plan._replace(firms=FlipPlan().firms))

    def own_inputs(
        self, loaded: LoadedSolution[JumpDiffusion], rows: int, seed: int
    ) -> Mapping[str, Mapping[str, np.ndarray | tf.Tensor]]:
        model, policy = loaded.model, LoadedFlipPolicy(loaded.model, loaded.signatures)
        state, binary = own_states(model, policy, SETTLED + EVERY * OWN_SPAN * -(-rows // PATHS), seed)
        group = tf.range(state.shape[0])
        case = {"group": group, "firm": tf.zeros_like(group), "which": group % model.num_binary}
        return {
            "policy": policy.inputs(state, binary),
            "opportunity": {**policy.inputs(state, binary[:, None]), **case},
        }

    def simulate(self, loaded: LoadedSolution[JumpDiffusion], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        model, policy = loaded.model, LoadedFlipPolicy(loaded.model, loaded.signatures)
        rest = tf.cast(model.long_run_mean(), tf.float32)[None]
        off = tf.zeros((1, model.num_binary))

        def rates(state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
            return policy.evaluate(state, binary).rate

        paths = flip_paths(model, rates, rest, off, SPAN, STRIDE * (periods - 1), seed)
        states, binary = (path.numpy()[::STRIDE, 0] for path in paths)
        return {"time": np.arange(periods) * SPAN * STRIDE, **path_columns(model, states, binary)}


register(JumpDiffusionMethod())
