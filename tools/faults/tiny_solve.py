"""A solve of a second that goes through all that real ones do: checkpoints, TensorBoard, export, reload, files.

Its economics are a random walk; what is tried is how it is stored. It runs in forks of a process that has imported
TensorFlow and has not started it.
"""

from __future__ import annotations

import abc
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import numpy as np
import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.diagnosis.check import at_most
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import Method, Options
from hetkeras.saved_model import LoadedSolution, load
from hetkeras.solution import Signature, Solution
from hetkeras.training.compiled_steps import run_steps
from hetkeras.training.memory import Need
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.solver import Solver
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import Action
from hetkeras.verbs.solve import solve_with

SECONDS = ("train_seconds", "solve_seconds")  # differ from solve to solve
POINTS = np.linspace(-1.0, 1.0, 9).astype(np.float32)


@dataclass(frozen=True)
class Tiny(Calibration, abc.ABC):
    """A walk of so many numbers."""

    size: int = 60
    pull: float = 0.1


class TinySolver(Solver):
    """A walk that is pulled to zero."""

    def __init__(self, model: Tiny) -> None:
        super().__init__(num_steps=30, seed=3)
        self.model = model
        self.weights = [tf.Variable(tf.zeros(model.size)), tf.Variable(tf.ones(model.size))]

    @tf.function(autograph=False)
    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return run_steps(self._update, num_steps, ("loss",))

    def _update(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        place, speed = self.weights
        noise = tf.random.stateless_normal(place.shape, self.step_seed(0))
        speed.assign(0.9 * speed + noise - self.model.pull * place)
        place.assign_add(speed)
        self.step.assign_add(1)
        return tf.constant(True), {"loss": tf.reduce_sum(place**2)}

    def solution(self) -> Solution:
        def policy(x: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"y": tf.reduce_sum(tf.sin(x[:, None] * self.weights[0]), -1)}

        signatures = {"policy": Signature(policy, {"x": ("B",)}, {"y": ("B",)})}
        return Solution(self.model, signatures, self.weights, {"x": "one"}, {"x": (-1.0, 1.0)}, {"seed": self.seed})

    def broken_state(self) -> str:
        return "the walk"

    def settings(self) -> dict[str, Any]:
        return {"num_steps": self.num_steps}

    def tracked(self) -> dict[str, Any]:
        return {"weights": self.weights}


class TinyMethod(Method[Tiny, Options, TinySolver]):
    """Walks."""

    contract, options = Tiny, Options

    def need(self, model: Tiny, options: Options) -> Need:
        del options
        return Need(8.0 * model.size, "a walk", "lower size")

    def solver(self, model: Tiny, options: Options) -> TinySolver:
        del options
        return TinySolver(model)

    def actions(self, run: RunDirectory, solver: TinySolver) -> list[Action]:
        return [TensorBoard(run.tensorboard, solver.settings())]

    def chunk_steps(self, options: Options) -> int:
        del options
        return 10

    def measure(self, loaded: LoadedSolution[Tiny], options: Options, solver: TinySolver | None = None) -> Diagnosis:
        del options, solver
        values = loaded.signatures["policy"](x=tf.constant(POINTS))["y"].numpy()
        greatest = float(np.abs(values).max())
        checks = (at_most("greatest", greatest, float(loaded.metadata["calibration"]["size"]), "walk less"),)
        return Diagnosis({"greatest": greatest}, checks, {"path": {"x": POINTS, "y": values}})

    def own_inputs(self, loaded: LoadedSolution[Tiny], rows: int, seed: int) -> Mapping[str, Mapping[str, np.ndarray]]:
        raise NotImplementedError

    def simulate(self, loaded: LoadedSolution[Tiny], periods: int, seed: int) -> Mapping[str, np.ndarray]:
        raise NotImplementedError


def solve(run_dir: Path) -> str:
    """Solves or resumes; returns a checksum of all that came out, times apart."""
    options = Options(checkpoint_seconds=0.0, report=False)
    loaded, diagnosis = solve_with(TinyMethod(), Tiny(), run_dir, options)
    numbers = json.loads((run_dir / "diagnostics.json").read_text(encoding="utf-8"))
    told = {name: value for name, value in numbers.items() if name not in SECONDS}
    files = [(run_dir / name).read_bytes() for name in ("path.csv", "checks.csv")]
    texts = [json.dumps(told, sort_keys=True).encode(), str(diagnosis).encode()]
    return checksum([*numbers_of(loaded), *files, *texts])


def load_tiny(path: Path) -> str:
    """Loads an export of the walk; returns a checksum of the numbers that it gives."""
    return loaded_values(path, Tiny)


def loaded_values(path: Path, model: type[Tiny] | None) -> str:
    """As `load_tiny`, of a class that is given or to be found."""
    return checksum(numbers_of(load(path, model)))


def numbers_of(loaded: LoadedSolution) -> list[bytes]:
    """Weights, and what the policy returns."""
    values = loaded.signatures["policy"](x=tf.constant(POINTS))["y"].numpy()
    return [*(weight.numpy().tobytes() for weight in loaded.weights), values.tobytes()]


def checksum(parts: Sequence[bytes]) -> str:
    """SHA-256 of all parts."""
    return hashlib.sha256(b"".join(parts)).hexdigest()
