"""Options of a solve with a horizon, and the network and solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from annotated_types import Interval

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.errors import CalibrationError
from hetkeras.method import Options
from hetkeras.methods.backward_sde.check import exchangeable
from hetkeras.methods.backward_sde.network import TerminalValueNetwork, exchangeable_network
from hetkeras.methods.backward_sde.settings import BackwardSettings
from hetkeras.methods.backward_sde.solver import BackwardSDE
from hetkeras.settings import Nodes
from hetkeras.training.memory import Need

STEPS = {"quick": 2000, "paper": 8000}
FEW = 30  # states
COPIES = 12  # tensors of a layer's size that a step holds at once, forward and backward twice


@dataclasses.dataclass(frozen=True)
class BackwardOptions(Options):
    """As `Options`, and the network."""

    network: Annotated[
        Literal["dense", "deep_sets"], "Of all states as they come; or of a summary, where states are exchangeable."
    ] = "dense"
    width: Annotated[Nodes, "Nodes in each of two hidden layers."] = 64
    latent: Annotated[int, Interval(ge=1, le=4096), "Summaries of the states (deep_sets)."] = 8


def make_settings(model: TerminalValueDiffusion, options: BackwardOptions) -> BackwardSettings:
    """Preset and what fits the number of states, then settings.

    With few states steps are cheap, and both noise and the errors of a grid of times are larger.
    """
    few = model.num_states < FEW
    fitting = {"batch_size": 128, "time_steps": 40} if few else {}
    return BackwardSettings.chosen({"num_steps": STEPS[options.preset], **fitting}, options.solver)


def make_solver(model: TerminalValueDiffusion, options: BackwardOptions) -> BackwardSDE:
    """Builds network and solver.

    Raises:
      CalibrationError: if states are to be summarized that are not exchangeable.
    """
    hidden = options.width, options.width
    if options.network == "dense":
        return BackwardSDE(model, TerminalValueNetwork(hidden), make_settings(model, options), options.seed)
    if not exchangeable(model):
        raise CalibrationError(
            "network=deep_sets needs states that are exchangeable, and the model changes when two of them change "
            "places; choose network=dense"
        )
    return BackwardSDE(model, exchangeable_network(hidden, options.latent), make_settings(model, options), options.seed)


def need(model: TerminalValueDiffusion, options: BackwardOptions) -> Need:
    """Memory of a training step."""
    settings, states = make_settings(model, options), model.num_states
    points = settings.batch_size * (settings.time_steps + 1)
    widest = states * (options.width if options.network == "deep_sets" else 1) + options.width
    return Need(
        4.0 * COPIES * points * widest,
        f"a batch of {settings.batch_size} paths of {states} states at {settings.time_steps + 1} times",
        f"choose a smaller batch with --solver=batch_size={max(2, settings.batch_size // 4 * 2)}",
    )
