"""Options of a solve by Euler residuals, and the network and solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge

from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.identity_pooling import IdentityPooling
from hetkeras.layers.moments_pooling import MomentsPooling
from hetkeras.method import Options
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual, starting_paths

PRESETS = {
    "quick": {"num_steps": 600, "aggregate_nodes": 3},
    "paper": {"num_steps": 2000, "aggregate_nodes": 7},
}
FIXED_PATHS = 16  # training trajectories of the paper

Count = Annotated[int, Ge(1)]


@dataclasses.dataclass(frozen=True)
class EulerOptions(Options):
    """As `Options`, and the network, the states of training and the precision."""

    preset: Annotated[Literal["quick", "paper"], "quick: seconds, already right; paper: 7 nodes, longer."] = "quick"
    precision: Annotated[
        Literal["float32", "tensorfloat32", "float64"],
        "Of network and states; tensorfloat32 matters on GPUs only.",
    ] = "float32"
    network: Annotated[Literal["deep_sets", "moments", "identity"], "How agents are summarized (phi)."] = "deep_sets"
    width: Annotated[int, Ge(1), "Nodes in each hidden layer of phi and rho."] = 128
    phi_depth: Annotated[int, Ge(1), "Hidden layers of phi (deep_sets)."] = 2
    rho_depth: Annotated[int, Ge(1), "Hidden layers of rho."] = 4
    latent: Annotated[int, Ge(1), "L: summary statistics (deep_sets) or moments (moments)."] = 4
    activation: Annotated[
        Literal["relu", "silu", "gelu", "tanh", "softplus", "elu", "linear"], "Of the hidden layers."
    ] = "relu"
    hidden_biases: Annotated[bool, "False as in the paper: biases in the last layers only, inputs not centered."] = True
    points: Annotated[
        Literal["on_policy", "fixed", "three"], "Own paths; the paper's fixed paths; or three states."
    ] = "on_policy"
    steps: Annotated[Count | None, "Optimizer steps; default by preset."] = None
    batch_size: Annotated[Count | None, "Paths in the panel; default by number of agents."] = None
    learning_rate: Annotated[float | None, "Peak of Adam's learning rate; default 1e-3."] = None
    idiosyncratic_draws: Annotated[int | None, "1: concentration of measure; an even number: antithetic pairs."] = None


def make_solver(model: SymmetricEconomy, options: EulerOptions) -> EulerResidual:
    """Builds network and solver: preset, then what fits the model, then options and settings."""
    settings = EulerSettings(**_settings(model, options))
    points = None if options.points == "on_policy" else fixed_points(model, options, 2 * settings.horizon)
    return EulerResidual(model, make_policy(model, options), settings, options.seed, points)


def fixed_points(model: SymmetricEconomy, options: EulerOptions, horizon: int) -> np.ndarray:
    """Returns [P, N, D] states on paths that no policy drew.

    They must reach the steady state: the Euler equation on states that stay short of it leaves a continuum of
    solutions, and which of them a network picks is luck.
    """
    if options.points == "three":
        return starting_paths(model, options.seed, 1, horizon).numpy()[[0, horizon // 8, -1], 0]
    paths = starting_paths(model, options.seed, FIXED_PATHS, horizon).numpy()
    return paths.reshape(-1, *paths.shape[2:])


def make_policy(model: SymmetricEconomy, options: EulerOptions) -> SymmetricPolicy:
    """Builds the network: output near the steady-state action, own states where the policy depends on them."""
    widths = (options.width,) * options.phi_depth
    pooling = {
        "deep_sets": lambda: DeepSetsPooling(widths, options.latent, options.activation, options.hidden_biases),
        "moments": lambda: MomentsPooling(options.latent),
        "identity": IdentityPooling,
    }[options.network]()
    action = model.steady_state()[1]
    own = tuple(model.state_names.index(name) for name in model.own_state_names)
    hidden = (options.width,) * options.rho_depth
    head = BoundedOutput(action, action)
    return SymmetricPolicy(pooling, head, own, hidden, options.activation, hidden_biases=options.hidden_biases)


def _settings(model: SymmetricEconomy, options: EulerOptions) -> dict[str, Any]:
    preset = PRESETS[options.preset]
    chosen = {
        **preset,
        "num_steps": preset["num_steps"] * (2 if model.own_state_names else 1),
        "batch_size": max(4, min(32, 16_384 // model.num_agents)),
        "idiosyncratic_draws": 2 if model.own_state_names or model.num_agents < 8 else 1,
    }
    named = {"num_steps": options.steps, "batch_size": options.batch_size, "learning_rate": options.learning_rate}
    named["idiosyncratic_draws"] = options.idiosyncratic_draws
    chosen |= {name: value for name, value in named.items() if value is not None}
    chosen |= EulerSettings.parse(options.solver, "--solver")
    return {"warmup_steps": min(60, chosen["num_steps"] // 10), **chosen}
