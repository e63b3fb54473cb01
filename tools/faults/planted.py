"""Wrong solutions, planted in shipped models: right on their path and wrong off it. Each must be refused.

A plant is a bump in one output of an exported function, about a place where no path goes, of a size and a width. The
rest of the model, and its path, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from hetkeras import saved_model
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.methods.euler_residual.diagnosis import diagnose
from hetkeras.methods.euler_residual.loaded import loaded_policy
from hetkeras.methods.jump_diffusion.diagnosis import diagnose_flips
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.methods.jump_diffusion.switching.diagnosis import diagnose_turns, own_paths, own_states
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.diagnosis import diagnose_firms
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.measure import HISTOGRAM_NODES
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from tools.faults.case import Case

SHIPPED = Path(__file__).parents[2] / "exported_models"
EXPECTED = "a check off the path fails"

Signatures = Mapping[str, Callable[..., dict[str, tf.Tensor]]]
Coordinate = Callable[[Mapping[str, tf.Tensor]], tf.Tensor]
"""Inputs of a function -> what a bump depends on, [B]."""


class Plant(NamedTuple):
    """A bump: size * exp(-((x - place) / width)^2), times the output or, if `added`, times the name of an input.

    model: directory in exported_models; function and output: where it is; coordinate: x, one of COORDINATES; along:
    outputs that follow, as the gains of a wrong value do.
    """

    model: str
    function: str
    output: str
    coordinate: str
    place: float
    width: float
    size: float
    added: str = ""
    along: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.output} of {self.function}, {self.size:+g} about {self.coordinate} = {self.place:g}"


COORDINATES: Mapping[str, Coordinate] = {
    "everywhere": lambda inputs: tf.zeros(tf.shape(next(iter(inputs.values())))[:1], tf.float64),
    "log mean capital": lambda inputs: tf.math.log(inputs["mean_capital"]),
    "mean cost": lambda inputs: tf.reduce_mean(inputs["cost"], -1),
    "share active": lambda inputs: tf.reduce_mean(inputs["active"], -1),
    "mean productivity": lambda inputs: tf.reduce_mean(inputs["productivity"], -1),
    "mean of the industry": lambda inputs: tf.reduce_mean(inputs["industry_capital"], -1),
    "spread of the industry": lambda inputs: tf.math.reduce_std(inputs["industry_capital"], -1),
    "distance to a settled industry spread out": lambda inputs: tf.math.reduce_euclidean_norm(
        tf.stack(
            [
                (tf.reduce_mean(inputs["industry_capital"], -1) - 0.7523) / 0.02,
                (tf.math.reduce_std(inputs["industry_capital"], -1) - 0.047) / 0.01,
            ]
        ),
        0,
    ),
}

FIRMS, EXPORTER = partial(Plant, "khan_thomas"), partial(Plant, "export_entry_j10", "policy", "value")
NETWORK = partial(Plant, "production_network_n5", "exact", "value")
INDUSTRY = partial(Plant, "investment_nu15_n128", "policy", "investment")
LOW, HIGH = 0.26, 0.59  # logs of mean capital, three standard deviations below and above
PLANTS = (
    *(FIRMS("targets", "target_capital", "log mean capital", place, 0.02, 0.05) for place in (LOW, HIGH)),
    *(
        FIRMS("continuation", "continuation_value", "log mean capital", place, 0.02, 0.01, "capital_next")
        for place in (LOW, HIGH)
    ),
    *(FIRMS("forecast", "price", "log mean capital", place, 0.02, 0.01) for place in (LOW, HIGH)),
    *(FIRMS("value", "value", "log mean capital", place, 0.02, 0.002) for place in (LOW, HIGH)),
    *(EXPORTER("mean cost", place, 0.08, size) for place, size in ((0.1, 0.02), (1.5, 0.02), (0.1, -0.02))),
    *(EXPORTER("share active", place, 0.03, 0.05) for place in (0.0, 0.1)),
    *(
        NETWORK("mean productivity", place, 0.005, size)
        for place, size in ((-0.0245, 0.05), (0.0312, 0.05), (0.0312, -0.05))
    ),
    *(INDUSTRY("mean of the industry", 0.742, 0.003, size) for size in (0.03, -0.03)),
    *(INDUSTRY("distance to a settled industry spread out", 0.0, 1.0, size) for size in (0.03, -0.03)),
    INDUSTRY("spread of the industry", 0.0, 0.005, 0.03),
)
ANYWHERE = ("everywhere", 0.0, 1.0)
EVERYWHERE = (
    FIRMS("targets", "target_capital", *ANYWHERE, 0.05),
    FIRMS("continuation", "continuation_value", *ANYWHERE, 0.01, "capital_next"),
    FIRMS("forecast", "price", *ANYWHERE, 0.01),
    FIRMS("value", "value", *ANYWHERE, 0.002),
    EXPORTER(*ANYWHERE, 0.02, along=("entry_gain",)),
    NETWORK(*ANYWHERE, 0.05, along=("link_gain", "decision")),
    INDUSTRY(*ANYWHERE, 0.03),
)
"""The same outputs, wrong by one share in every state."""


class Bed(NamedTuple):
    """A shipped model with one bump that can be changed: numbers are place, width and size of the one that is planted.

    measure: diagnoses it as it is.
    """

    numbers: tf.Variable
    measure: Callable[[], Diagnosis]


def refusals(plant: Plant) -> list[str]:
    """Names of the checks that fail with the plant."""
    bed = _bed(*plant[:4], plant.added, plant.along)
    bed.numbers.assign([plant.place, plant.width, plant.size])
    return [check.name for check in bed.measure().checks if not check.passed]


def cases() -> Iterator[Case]:
    """Yields every plant, model by model."""
    for plant in PLANTS:
        yield Case(plant.model, plant.name, EXPECTED, partial(_tried, plant))


def _tried(plant: Plant, folder: Path) -> str | None:
    del folder
    failed = refusals(plant)
    return None if failed else "it passes every check"


@cache
def _bed(model: str, function: str, output: str, coordinate: str, added: str, along: tuple[str, ...]) -> Bed:
    """One for each output that is planted in: what is compiled for it serves all its plants."""
    loaded = saved_model.load(SHIPPED / model)
    numbers = tf.Variable([0.0, 1.0, 0.0], dtype=tf.float64, trainable=False)
    plant = Plant(model, function, output, coordinate, 0.0, 1.0, 0.0, added, along)
    planted = tf.function(planted_function(loaded.signatures[function], plant, numbers), autograph=False)
    return Bed(numbers, _measure(loaded, {**loaded.signatures, function: planted}))


def planted_function(
    original: Callable[..., dict[str, tf.Tensor]], plant: Plant, numbers: tf.Tensor | tf.Variable
) -> Callable[..., dict[str, tf.Tensor]]:
    """An exported function with a plant in it whose place, width and size are given as numbers, [3]."""

    def planted(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        found = original(**inputs)
        place, width, size = tf.unstack(numbers)
        away = (tf.cast(COORDINATES[plant.coordinate](inputs), tf.float64) - place) / width
        bump = size * tf.exp(-(away**2))
        wrong = {name: _bumped(found[name], bump, found[name]) for name in plant.along}
        by = inputs[plant.added] if plant.added else found[plant.output]
        return {**found, **wrong, plant.output: _bumped(found[plant.output], bump, by)}

    return planted


def _bumped(part: tf.Tensor, bump: tf.Tensor, by: tf.Tensor) -> tf.Tensor:
    """An output [B, ...] plus a bump [B] times [B, ...]."""
    if by.shape.rank < part.shape.rank:  # [B, P] of an output [B, E, P]
        by = by[:, None]
    bump = tf.reshape(bump, (-1, *[1] * (part.shape.rank - 1)))
    return part + tf.cast(bump, part.dtype) * tf.cast(by, part.dtype)


def _measure(loaded: saved_model.LoadedSolution, signatures: Signatures) -> Callable[[], Diagnosis]:
    model, name = loaded.model, type(loaded.model).__name__
    if name == "KhanThomas":
        policy, path = LoadedFirmPolicy(model, signatures), aggregate_path(model)
        least, greatest = model.capital_bounds
        simulator = FirmSimulator(model, policy, Histogram(least, greatest, HISTOGRAM_NODES))
        return lambda: diagnose_firms(simulator, policy, policy.value, path, BURN_IN)[0]
    if name == "ExportEntry":
        return lambda: diagnose_flips(model, LoadedFlipPolicy(model, signatures))
    if name == "ProductionNetwork":
        paths = own_paths(LoadedTurnPolicy(model, signatures))
        return lambda: diagnose_turns(paths, own_states(paths))
    dtype = loaded.metadata["signatures"]["policy"]["dtype"]
    return lambda: diagnose(model, loaded_policy(model, signatures, dtype))
