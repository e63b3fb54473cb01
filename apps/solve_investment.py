"""Solves investment under uncertainty in an industry of N firms (Kahou et al. 2022).

Trains a permutation-invariant policy on the Euler equation, exports it, reloads the export, measures it and draws
a page. Start the same command again to resume an interrupted run.

Examples:
  python -m apps.solve_investment --run_dir=runs/linear
  python -m apps.solve_investment --run_dir=runs/nu15 --set=demand_curvature=1.5
  python -m apps.solve_investment --run_dir=runs/large --set=num_firms=10000
  python -m apps.solve_investment --run_dir=runs/types --set=productivity_types=0.9,1.1 --set=type_shares=0.5,0.5
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from absl import flags

from apps.device import PRECISIONS, configure_device  # isort: skip  (before anything else that imports TensorFlow)
import keras
import numpy as np

from apps.common import provenance, run_app
from apps.investment_outputs import measure_and_report, monitors
from hetkeras import saved_model
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.identity_pooling import IdentityPooling
from hetkeras.layers.moments_pooling import MomentsPooling
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual, starting_paths
from hetkeras.models.investment import Investment
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.solver import MAX_SEED
from hetkeras.training.trainer import Trainer

FLAGS = flags.FLAGS
flags.DEFINE_enum("preset", "quick", ["quick", "paper"], "quick: seconds, already right; paper: 7 nodes, longer.")
flags.DEFINE_string("run_dir", "runs/investment", "Everything goes here; an interrupted run there is resumed.")
flags.DEFINE_integer("seed", 0, "Seed of weights and of all draws.", lower_bound=0, upper_bound=MAX_SEED)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several. Unknown fields are refused.")
flags.DEFINE_enum("precision", "float32", PRECISIONS, "Of network and states; tensorfloat32 matters on GPUs only.")
flags.DEFINE_enum("network", "deep_sets", ["deep_sets", "moments", "identity"], "How agents are summarised (phi).")
flags.DEFINE_integer("width", 128, "Nodes in each hidden layer of phi and rho.", lower_bound=1)
flags.DEFINE_integer("phi_depth", 2, "Hidden layers of phi (deep_sets).", lower_bound=1)
flags.DEFINE_integer("rho_depth", 4, "Hidden layers of rho.", lower_bound=1)
flags.DEFINE_integer("latent", 4, "L: summary statistics (deep_sets) or moments (moments).", lower_bound=1)
flags.DEFINE_enum(
    "activation", "relu", ["relu", "silu", "gelu", "tanh", "softplus", "elu", "linear"], "Of the hidden layers."
)
flags.DEFINE_bool("hidden_biases", True, "False as in the paper: biases in the last layers only, inputs not centred.")
flags.DEFINE_enum(
    "points", "on_policy", ["on_policy", "fixed", "three"], "Own paths; the paper's fixed paths; or three states."
)
flags.DEFINE_integer("steps", None, "Optimiser steps; default by preset.", lower_bound=1)
flags.DEFINE_integer("batch_size", None, "Paths in the panel; default by number of firms.", lower_bound=1)
flags.DEFINE_float("learning_rate", None, "Peak of Adam's learning rate; default 1e-3.")
flags.DEFINE_integer("idiosyncratic_draws", None, "1: concentration of measure; an even number: antithetic pairs.")
flags.DEFINE_float("checkpoint_seconds", 10.0, "Least time between two checkpoints.")
flags.DEFINE_bool("report", True, "Draw report.html.")

PRESETS = {
    "quick": {"num_steps": 600, "aggregate_nodes": 3},
    "paper": {"num_steps": 2000, "aggregate_nodes": 7},
}
FIXED_PATHS = 16  # training trajectories of the paper


def main(argv: list[str]) -> None:
    del argv
    model = Investment(**Investment.parse(FLAGS.set))
    solve(model, Path(FLAGS.run_dir))


def solve(model: Investment, run_dir: Path) -> None:
    """Trains, exports, measures the reloaded export, reports; all under run_dir."""
    device = configure_device(FLAGS.precision)
    run = RunDirectory(run_dir)
    solver = make_solver(model)
    identity = {"model": "Investment", "calibration": model.as_dict(), "seed": FLAGS.seed, "precision": FLAGS.precision}
    identity |= {"network": network_flags(), "method": solver.settings()}
    run.claim(identity, {"preset": FLAGS.preset, "device": device, **provenance()})
    actions = monitors(run, solver, {**network_flags(), **solver.settings()})
    trainer = Trainer(solver, run.checkpoints, actions, checkpoint_seconds=FLAGS.checkpoint_seconds, phase=phase)
    with phase("train, compilation in it", ticking=False):
        metrics = trainer.run(solver.num_steps)
    with phase("export"):
        saved_model.export(solver.solution(), run.saved_model)
    training = {
        "parameters": sum(int(np.prod(weight.shape)) for weight in solver.weights),
        "train_seconds": trainer.seconds,
    }
    if metrics:
        training["train_mse"] = metrics["loss"] * solver.scale**2
    measure_and_report(run, training, FLAGS.report)


def network_flags() -> dict[str, Any]:
    """Returns the flags that shape the network."""
    names = ("network", "width", "phi_depth", "rho_depth", "latent", "activation", "hidden_biases")
    return {name: FLAGS[name].value for name in names}


def make_solver(model: Investment) -> EulerResidual:
    """Builds network and solver from the flags."""
    keras.utils.set_random_seed(FLAGS.seed)
    settings = EulerSettings(**_settings(model))
    points = None if FLAGS.points == "on_policy" else fixed_points(model, 2 * settings.horizon)
    return EulerResidual(model, make_policy(model), settings, FLAGS.seed, points)


def fixed_points(model: Investment, horizon: int) -> np.ndarray:
    """Returns [P, N, D] states on paths that no policy drew.

    They must reach the steady state: the Euler equation on states that stay short of it leaves a continuum of
    solutions, and which of them a network picks is luck.
    """
    if FLAGS.points == "three":
        return starting_paths(model, FLAGS.seed, 1, horizon).numpy()[[0, horizon // 8, -1], 0]
    paths = starting_paths(model, FLAGS.seed, FIXED_PATHS, horizon).numpy()
    return paths.reshape(-1, *paths.shape[2:])


def make_policy(model: Investment) -> SymmetricPolicy:
    """Builds the network: output near steady-state investment, own states where the policy depends on them."""
    pooling = {
        "deep_sets": lambda: DeepSetsPooling(
            (FLAGS.width,) * FLAGS.phi_depth, FLAGS.latent, FLAGS.activation, FLAGS.hidden_biases
        ),
        "moments": lambda: MomentsPooling(FLAGS.latent),
        "identity": IdentityPooling,
    }[FLAGS.network]()
    investment = model.steady_state()[1]
    own = tuple(model.state_names.index(name) for name in model.own_state_names)
    hidden = (FLAGS.width,) * FLAGS.rho_depth
    head = BoundedOutput(investment, investment)
    return SymmetricPolicy(pooling, head, own, hidden, FLAGS.activation, hidden_biases=FLAGS.hidden_biases)


def _settings(model: Investment) -> dict[str, Any]:
    """Preset, then what fits the number of firms and states, then flags."""
    preset = PRESETS[FLAGS.preset]
    chosen = {
        **preset,
        "num_steps": preset["num_steps"] * (2 if model.own_state_names else 1),
        "batch_size": max(4, min(32, 16_384 // model.num_firms)),
        "idiosyncratic_draws": 2 if model.own_state_names or model.num_firms < 8 else 1,
    }
    flagged = {"num_steps": FLAGS.steps, "batch_size": FLAGS.batch_size, "learning_rate": FLAGS.learning_rate}
    flagged["idiosyncratic_draws"] = FLAGS.idiosyncratic_draws
    chosen |= {name: value for name, value in flagged.items() if value is not None}
    return {**chosen, "warmup_steps": min(60, chosen["num_steps"] // 10)}


if __name__ == "__main__":
    run_app(main)
