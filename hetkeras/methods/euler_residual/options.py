"""Options of a solve by Euler residuals, and the network and solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from annotated_types import Ge

from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.method import Options
from hetkeras.methods.euler_residual.defaults import default_policy, default_settings, fixed_points
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual

NETWORK = ("network", "width", "phi_depth", "rho_depth", "latent", "activation", "hidden_biases")
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
    given = {name: getattr(options, name) for name in ("batch_size", "learning_rate", "idiosyncratic_draws")}
    given |= {"num_steps": options.steps, **EulerSettings.parse(options.solver, "--solver")}
    settings = EulerSettings(**default_settings(model, options.preset, **given))
    points = fixed_points(model, options.points, options.seed, 2 * settings.horizon)
    policy = default_policy(model, **{name: getattr(options, name) for name in NETWORK})
    return EulerResidual(model, policy, settings, options.seed, points)
