"""What a solve of any symmetric economy starts from: a network, settings and states that are right for most models."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import CalibrationError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.identity_pooling import IdentityPooling
from hetkeras.layers.moments_pooling import MomentsPooling
from hetkeras.methods.euler_residual.bellman.value_network import SymmetricValue
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.solver import starting_paths

NetworkT = TypeVar("NetworkT", bound=SymmetricPolicy)
NETWORKS = ("deep_sets", "moments", "identity")
POINTS = ("on_policy", "fixed", "three")
SHAPES: dict[str, dict[str, Any]] = {
    "euler": {"width": 128, "phi_depth": 2, "rho_depth": 4, "activation": "relu"},
    "bellman": {"width": 64, "phi_depth": 1, "rho_depth": 2, "activation": "silu"},
}
PRESETS = {
    "quick": {"num_steps": 600, "aggregate_nodes": 3},
    "paper": {"num_steps": 2000, "aggregate_nodes": 7},
}
BELLMAN_STEPS = {"quick": 4000, "paper": 8000}
BELLMAN_RATE = 2e-3  # learning rate
FEW = 32
BELLMAN_PATHS = 64  # where there are few agents
BOX_PATHS = 32  # in the panel at most, where calibrations vary
BOX_STEPS = 5  # halves of the steps of one calibration
MOST_PATHS = {"quick": 16, "paper": 32}
MOST_AGENTS = 16_384  # in all paths together
FIXED_PATHS = 16  # training trajectories of the paper


def default_policy(model: SymmetricEconomy, network: str = "deep_sets", **shape: Any) -> SymmetricPolicy:
    """Builds a policy network: output near the steady-state action, own states where the policy depends on them.

    Args:
      model: the economics.
      network: how agents are summarized.
      **shape: of the network, see `make_network`.

    Raises:
      CalibrationError: for another network.
    """
    state, action = model.steady_state()
    own = tuple(model.state_names.index(name) for name in model.policy_state_names)
    return make_network(own, BoundedOutput(action, abs(action) or abs(state)), network, **shape)


def make_network(
    own: tuple[int, ...],
    head: BoundedOutput,
    network: str = "deep_sets",
    width: int = 128,
    phi_depth: int = 2,
    rho_depth: int = 4,
    latent: int = 4,
    activation: str = "relu",
    hidden_biases: bool = True,
    kind: type[NetworkT] = SymmetricPolicy,
) -> NetworkT:
    """Builds the network of a policy or of a value.

    Args:
      own: columns of an agent's states on which its own action depends.
      head: maps the raw output to actions.
      network: how agents are summarized (phi): "deep_sets", "moments" or "identity".
      width: nodes in each hidden layer of phi and rho.
      phi_depth: hidden layers of phi (deep_sets).
      rho_depth: hidden layers of rho.
      latent: L, summary statistics (deep_sets) or moments (moments).
      activation: of the hidden layers.
      hidden_biases: False as in the paper: biases in the last layers only, inputs not centred.
      kind: class of the network.

    Raises:
      CalibrationError: for another network.
    """
    _refuse_unknown("network", network, NETWORKS)
    pooling = {
        "deep_sets": lambda: DeepSetsPooling((width,) * phi_depth, latent, activation, hidden_biases),
        "moments": lambda: MomentsPooling(latent),
        "identity": IdentityPooling,
    }[network]()
    return kind(pooling, head, own, (width,) * rho_depth, activation, hidden_biases=hidden_biases)


def default_value(model: SymmetricEconomy, network: str = "deep_sets", **shape: Any) -> SymmetricValue:
    """Builds a value network: output near the payoff at rest for ever, slope near what a unit costs at rest.

    Arguments are those of `default_policy`.
    """
    paths = starting_paths(model, 0, 4, 64)
    state = tf.reshape(paths, (-1, *paths.shape[2:]))
    action = tf.fill((1, 1), tf.constant(model.steady_state()[1], state.dtype))
    lasting = float(tf.reduce_mean(model.payoff(state, state, action))) / (1 - model.discount_factor)
    head = BoundedOutput(lasting, model.typical_cost(state) * float(tf.math.reduce_std(state[..., 0])))
    return make_network(tuple(range(len(model.state_names))), head, network, kind=SymmetricValue, **shape)


def default_settings(
    model: SymmetricEconomy, preset: str = "quick", over_box: bool = False, method: str = "euler", **given: Any
) -> dict[str, Any]:
    """Returns arguments of `EulerSettings`: the preset, then what fits the agents and states, then what is given.

    Args:
      model: the economics.
      preset: "quick" or "paper".
      over_box: whether calibrations vary.
      method: "euler" or "bellman".
      **given: settings that the user states; None leaves the default.

    Raises:
      CalibrationError: for another preset.
    """
    _refuse_unknown("preset", preset, tuple(PRESETS))
    own_states = bool(model.policy_state_names)
    settings: dict[str, Any] = {
        **PRESETS[preset],
        "num_steps": PRESETS[preset]["num_steps"] * (2 if own_states else 1),
        "batch_size": max(4, min(MOST_PATHS[preset], MOST_AGENTS // model.num_agents)),
        "idiosyncratic_draws": 2 if own_states or model.num_agents < 8 else 1,
    }
    if method == "bellman":
        steps = BELLMAN_STEPS[preset] * (2 if own_states else 1)
        settings |= {"num_steps": steps, "learning_rate": BELLMAN_RATE, "idiosyncratic_draws": 2}
        if model.num_agents <= FEW:
            settings["batch_size"] = BELLMAN_PATHS
    if over_box:
        settings["batch_size"] = max(4, min(BOX_PATHS, MOST_AGENTS // model.num_agents))
        settings |= {"num_steps": BOX_STEPS * settings["num_steps"] // 2, "reset_probability": 0.1}
    settings |= {name: value for name, value in given.items() if value is not None}
    return {"warmup_steps": min(60, settings["num_steps"] // 10), **settings}


def fixed_points(model: SymmetricEconomy, points: str, seed: int, horizon: int) -> np.ndarray | None:
    """Returns states [P, N, D] to train on, on paths of T = horizon periods that no policy drew.

    They must reach the steady state: the Euler equation on states that stay short of it leaves a continuum of
    solutions, and which of them a network picks is luck.

    Args:
      model: the economics.
      points: "on_policy" for own paths, which gives None; "fixed" for the paper's paths; "three" for three states.
      seed: of the paths.
      horizon: T.

    Raises:
      CalibrationError: for other points.
    """
    _refuse_unknown("points", points, POINTS)
    if points == "on_policy":
        return None
    if points == "three":
        return starting_paths(model, seed, 1, horizon).numpy()[[0, horizon // 8, -1], 0]
    paths = starting_paths(model, seed, FIXED_PATHS, horizon).numpy()
    return paths.reshape(-1, *paths.shape[2:])


def _refuse_unknown(argument: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise CalibrationError(f"{argument} is {value!r}; expected one of {', '.join(known)}")
