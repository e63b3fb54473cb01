"""Options of a solve by Euler residuals, and the network and solver that they make."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from annotated_types import Interval

from hetkeras.box import box
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import CalibrationError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.method import Options
from hetkeras.methods.euler_residual.bellman.solver import BellmanResidual
from hetkeras.methods.euler_residual.defaults import (
    SHAPES,
    default_policy,
    default_settings,
    default_value,
    fixed_points,
    make_network,
)
from hetkeras.methods.euler_residual.diagnosis import MEASURED_NODES
from hetkeras.methods.euler_residual.euler_form import without_euler_equation
from hetkeras.methods.euler_residual.over_box.economy import CALIBRATIONS, EconomyOverBox
from hetkeras.methods.euler_residual.over_box.policy import PolicyOverBox
from hetkeras.methods.euler_residual.over_box.solver import EulerResidualOverBox
from hetkeras.methods.euler_residual.settings import Draws, EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual
from hetkeras.settings import Batch, Layers, Nodes, Positive, Steps
from hetkeras.training.memory import Need

COPIES = 2  # of what layers give, forward and backward
NETWORK = ("network", "width", "phi_depth", "rho_depth", "latent", "activation", "hidden_biases")


@dataclasses.dataclass(frozen=True)
class EulerOptions(Options):
    """As `Options`, and the network, the states of training and the precision."""

    method: Annotated[
        Literal["euler", "bellman"],
        "The Euler equation; or the Bellman equation, which gives the value too and needs no Euler equation.",
    ] = "euler"
    preset: Annotated[Literal["quick", "paper"], "quick: seconds, already right; paper: 7 nodes, longer."] = "quick"
    precision: Annotated[
        Literal["float32", "tensorfloat32", "float64"],
        "Of network and states; tensorfloat32 matters on GPUs only.",
    ] = "float32"
    network: Annotated[Literal["deep_sets", "moments", "identity"], "How agents are summarized (phi)."] = "deep_sets"
    width: Annotated[Nodes | None, "Nodes in each hidden layer of phi and rho; default 128, bellman 64."] = None
    phi_depth: Annotated[Layers | None, "Hidden layers of phi (deep_sets); default 2, bellman 1."] = None
    rho_depth: Annotated[Layers | None, "Hidden layers of rho; default 4, bellman 2."] = None
    latent: Annotated[int, Interval(ge=1, le=4096), "L: summary statistics (deep_sets) or moments (moments)."] = 4
    activation: Annotated[
        Literal["relu", "silu", "gelu", "tanh", "softplus", "elu", "linear"] | None,
        "Of the hidden layers; default relu, bellman silu.",
    ] = None
    hidden_biases: Annotated[bool, "False as in the paper: biases in the last layers only, inputs not centered."] = True
    points: Annotated[
        Literal["on_policy", "fixed", "three"], "Own paths; the paper's fixed paths; or three states."
    ] = "on_policy"
    steps: Annotated[Steps | None, "Optimizer steps; default by preset."] = None
    batch_size: Annotated[Batch | None, "Paths in the panel; default by preset and number of agents."] = None
    learning_rate: Annotated[Positive | None, "Peak of Adam's learning rate; default 1e-3."] = None
    idiosyncratic_draws: Annotated[Draws | None, "1: concentration of measure; even: antithetic pairs."] = None
    trajectories: Annotated[
        int,
        Interval(ge=0, le=4096),
        "Fresh paths, an even number, whose residuals are drawn; the paper draws 256. 0: those that decide.",
    ] = 0
    over: Annotated[
        tuple[str, ...], "field=low:high, a range of the calibration; repeat for several. One solve answers for all."
    ] = ()

    def violations(self) -> Iterable[str]:
        if self.trajectories % 2:
            yield f"trajectories is {self.trajectories}; expected an even number: half mirror the others"
        if self.method == "bellman":
            yield from self._without_value()

    def _without_value(self) -> Iterable[str]:
        """What the Bellman equation cannot be solved with."""
        if self.over:
            yield f"over is {self.over}; expected none with method=bellman, which solves one calibration"
        if self.trajectories:
            yield f"trajectories is {self.trajectories}; expected 0 with method=bellman"
        if self.activation == "relu":
            yield "activation is relu; expected a smooth one with method=bellman: slopes of the value choose"


def make_settings(model: SymmetricEconomy, options: EulerOptions) -> EulerSettings:
    """Preset, then what fits the model, then options and settings.

    Raises:
      CalibrationError: if one is given twice, unknown or out of range.
    """
    given = {name: getattr(options, name) for name in ("batch_size", "learning_rate", "idiosyncratic_draws")}
    given |= {"num_steps": options.steps}
    chosen = EulerSettings.parse(options.solver, "--solver")
    if twice := [name for name in chosen if given.get(name) is not None]:
        raise CalibrationError(f"{twice[0]} is set twice, by a flag of its own and by --solver; expected once")
    base = default_settings(model, options.preset, bool(options.over), options.method, **{**given, **chosen})
    return EulerSettings(**base)


def make_solver(model: SymmetricEconomy, options: EulerOptions) -> EulerResidual:
    """Builds networks and solver.

    Raises:
      CalibrationError: if options do not fit each other, or the Euler equation of the contract is not the model's.
    """
    settings = make_settings(model, options)
    if options.method == "euler" and (reason := without_euler_equation(model)):
        raise CalibrationError(f"{type(model).__name__} has no Euler equation of the contract's form: {reason}")
    if options.over:
        return _solver_over_box(model, options, settings)
    points = fixed_points(model, options.points, options.seed, 2 * settings.horizon)
    policy = default_policy(model, **network_shape(options))
    if options.method == "bellman":
        value = default_value(model, **network_shape(options))
        return BellmanResidual(model, policy, value, settings, options.seed, points)
    return EulerResidual(model, policy, settings, options.seed, points)


def network_shape(options: EulerOptions) -> dict[str, Any]:
    """Arguments of `make_network`: what is given, else what suits the method."""
    given = {name: getattr(options, name) for name in NETWORK}
    return {**SHAPES[options.method], **{name: value for name, value in given.items() if value is not None}}


def _solver_over_box(model: SymmetricEconomy, options: EulerOptions, settings: EulerSettings) -> EulerResidualOverBox:
    """The solver whose policy takes the parameters of a box."""
    if options.points != "on_policy":
        raise CalibrationError(f"points is {options.points!r}; expected on_policy where calibrations vary (over)")
    economy = EconomyOverBox(model, box(model, options.over), options.seed)
    names = (*economy.policy_state_names, *economy.over.names)
    own = tuple(economy.state_names.index(name) for name in names)
    inner = make_network(own, BoundedOutput(), **network_shape(options))
    return EulerResidualOverBox(economy, PolicyOverBox(economy, inner), settings, options.seed)


def need(model: SymmetricEconomy, options: EulerOptions) -> Need:
    """Memory of a training step, or of the residuals that are measured on own paths."""
    settings = make_settings(model, options)
    agents, bits = model.num_agents, 8 if options.precision == "float64" else 4
    shape = network_shape(options)
    width, rho_depth, phi_depth = shape["width"], shape["rho_depth"], shape["phi_depth"]
    layers = phi_depth * width if options.network == "deep_sets" else options.latent
    own = options.method == "bellman" or bool(model.policy_state_names)
    deciding = agents if own else 1
    states = 1 + model.shocks.num_nodes(settings.aggregate_nodes, settings.idiosyncratic_draws)
    trained = settings.batch_size * states * (agents * layers + deciding * rho_depth * width)
    paths = settings.batch_size * settings.horizon * agents * len(model.state_names)
    starts = 2 * (CALIBRATIONS + 2 ** len(options.over)) * agents * len(model.state_names) if options.over else 0
    visited = 2 * (1 + model.shocks.num_nodes(*MEASURED_NODES))  # as `diagnose` takes residuals
    measured = visited * (agents + deciding) * 2 * width  # two layers
    return Need(
        bits * max(COPIES * trained + 3 * paths + starts, measured),
        f"a batch of {settings.batch_size} paths of {agents} agents with width {width}",
        "choose smaller ones, with --batch_size, --width or fewer agents",
    )
