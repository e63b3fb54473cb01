"""A box of calibrations: real fields of a model, each between two values. One solve answers for all of it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from hetkeras.calibration import Calibration
from hetkeras.errors import CalibrationError, cut

FACTOR = 2.0  # ends further apart than this factor: the field varies in logarithms
INSIDE, PROOF_SEED = 16, 9_176  # points of proof inside, which training does not know
LARGEST = 6  # fields, whose 64 corners are solved for

ModelT = TypeVar("ModelT", bound=Calibration)


class Box(NamedTuple):
    """Ranges of some fields, theta; all else of the model's calibration stays.

    Axes: P fields, G calibrations.

    Args:
      names: of the fields, [P].
      low, high: ends of their ranges, [P].
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def in_logs(self) -> np.ndarray:
        """Whether a field varies in logarithms, [P]."""
        low, high = np.array(self.low), np.array(self.high)
        return (low > 0) & (high > FACTOR * low)

    def as_dict(self) -> dict[str, tuple[float, float]]:
        """Name -> ends, ready for JSON."""
        return {name: (low, high) for name, low, high in zip(self.names, self.low, self.high, strict=True)}

    def theta(self, places: np.ndarray) -> np.ndarray:
        """Values of the fields [G, P] at places between -1 and 1, [G, P]."""
        low, high, logs = np.array(self.low), np.array(self.high), self.in_logs
        share = (np.asarray(places) + 1) / 2
        bent = np.where(logs, low, 1) * np.where(logs, high / np.where(logs, low, 1), 1) ** share
        return np.clip(np.where(logs, bent, low + (high - low) * share), low, high)

    def corners(self) -> np.ndarray:
        """All corners, [2^P, P]."""
        return np.array(list(itertools.product(*zip(self.low, self.high, strict=True))))

    def spread(self, count: int, seed: int) -> np.ndarray:
        """Values that fill the box evenly, [G, P] (Halton, scrambled by the seed)."""
        from scipy.stats import qmc  # for who solves over a box

        return self.theta(2 * qmc.Halton(len(self.names), rng=np.random.default_rng(seed)).random(count) - 1)

    def proof(self) -> np.ndarray:
        """Where a solution is measured: the corners, the middles of the faces, and points inside, [G, P]."""
        count = len(self.names)
        faces = np.concatenate([np.eye(count), -np.eye(count)])
        known = np.concatenate([self.corners(), self.theta(faces), self.spread(INSIDE, PROOF_SEED)])
        return known[np.sort(np.unique(known, axis=0, return_index=True)[1])]

    def outside(self, values: Mapping[str, float]) -> Iterable[str]:
        """Yields a sentence for each field that is missing, unknown or out of its range."""
        for name in values:
            if name not in self.names:
                yield f"{name} does not vary in it; its fields: {', '.join(self.names)}"
        for name, (low, high) in self.as_dict().items():
            if name not in values:
                yield f"{name} is not given; expected a number from {low:g} to {high:g}"
            elif not low <= values[name] <= high:
                yield f"{name} is {values[name]:g}; expected from {low:g} to {high:g}, where the solution was sought"


def box(model: Calibration, assignments: Sequence[str], flag: str = "--over") -> Box:
    """Reads `field=low:high` strings.

    Raises:
      CalibrationError: for a string of another form, a field that is unknown, given twice or not a single real number,
        ends in the wrong order, too many fields, or a corner at which the model cannot be calibrated.
    """
    ranges: dict[str, tuple[float, float]] = {}
    for assignment in assignments:
        where = f"{flag}={cut(assignment)}"
        name, _, text = assignment.partition("=")
        low, _, high = text.partition(":")
        try:
            ends = float(low), float(high)
        except ValueError:
            example = f"{flag}={type(model).example().partition('=')[0]}=LOW:HIGH"
            raise CalibrationError(f"{where}: expected field=low:high, as in {example}") from None
        model.refuse_unknown(name, f"{where}: ")
        kind = type(model).fields()[name]
        if kind.kind is not float:
            raise CalibrationError(f"{where}: {name} cannot vary; expected a field that is one real number")
        if name in ranges:
            raise CalibrationError(f"{where}: {name} is given twice; expected once")
        if not ends[0] < ends[1] < np.inf:
            raise CalibrationError(f"{where}: expected two numbers, the lower one first")
        ranges[name] = ends
    if len(ranges) > LARGEST:
        raise CalibrationError(f"{flag} names {len(ranges)} fields; expected {LARGEST} at most")
    found = Box(tuple(ranges), *map(tuple, zip(*ranges.values(), strict=True)))
    for corner in found.corners():
        try:
            at(model, found, corner)
        except CalibrationError as error:
            raise CalibrationError(f"{flag} leaves the domain of the model, {error}") from error
    return found


def at(model: ModelT, over: Box, theta: Iterable[float]) -> ModelT:
    """The model with other values [P] of the fields.

    Raises:
      CalibrationError: if it cannot be calibrated like this.
    """
    return dataclasses.replace(model, **dict(zip(over.names, map(float, theta), strict=True)))


def with_tensors(model: ModelT, values: Mapping[str, Any]) -> ModelT:
    """A copy of the model whose fields hold tensors, for its equations alone: nothing is checked."""
    copy = object.__new__(type(model))
    copy.__dict__.update({name: getattr(model, name) for name in type(model).fields()} | dict(values))
    return copy


def described(over: Box, theta: Iterable[float]) -> str:
    """A calibration in words, `field=value`."""
    return ", ".join(f"{name}={value:.4g}" for name, value in zip(over.names, theta, strict=True))
