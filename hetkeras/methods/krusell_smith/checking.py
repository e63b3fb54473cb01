"""What checks of models share: shapes in both precisions, chains, markets, slopes, distances."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras import soundness

STEP = 1e-4  # relative, of central differences

Arguments = tuple[Any, ...]
"""Tensors, or tuples of tensors; whole numbers stay as they are."""


def misshapen(model: Any, expected: Mapping[str, tuple[tuple[int, ...], Arguments]]) -> Iterator[str]:
    """Yields a sentence for each method that fails, or gives another shape, type or number than it should.

    Args:
      model: whose methods.
      expected: name -> shape of all tensors that the method gives, and its arguments in float64.
    """
    for name, (shape, arguments) in expected.items():
        problems = (
            soundness.misshapen(model, name, dtype, (tuple(shape),), _cast(arguments, dtype), "an economy at rest")
            for dtype in (tf.float64, tf.float32)
        )
        yield from itertools.islice(filter(None, problems), 1)


def _cast(arguments: Arguments, dtype: tf.DType) -> Arguments:
    return tf.nest.map_structure(
        lambda tensor: tensor if tensor.dtype == tf.int32 else tf.cast(tensor, dtype), arguments
    )


def bad_rows(name: str, values: np.ndarray, transition: np.ndarray) -> Iterator[str]:
    """Yields what is wrong with a chain [S], [S, S]; chains refuse such rows themselves, a subclass may not."""
    sums = np.sum(transition, 1)
    worst = int(np.argmax(np.abs(sums - 1)))
    if not abs(sums[worst] - 1) <= 1e-8:
        yield f"{name}: row {worst} of its transition sums to {sums[worst]:.6g}; expected 1"
    if not np.min(values) > 0:
        yield f"{name}: the smallest productivity is {np.min(values):.6g}; expected levels above 0, not logs"


def outside_range(model: Any, levels: np.ndarray) -> Iterator[str]:
    """Yields the first rest point, of the lowest, middle and highest level, outside the range of mean capital."""
    low, high = model.mean_capital_bounds
    if not 0 < low < high < np.inf:
        yield f"mean_capital_bounds is {low:.6g} to {high:.6g}; expected from above 0 upwards"
        return
    for level in np.sort(levels)[[0, len(levels) // 2, -1]]:
        capital, *prices = model.frictionless_steady_state(float(level))
        if not (low < capital < high and 0 < min(prices) <= max(prices) < np.inf):
            named = " and ".join(f"the {name} {each:.6g}" for name, each in zip(model.price_names, prices, strict=True))
            yield (
                f"frictionless_steady_state({level:.4g}) is K = {capital:.6g} at {named}; "
                f"expected K inside mean_capital_bounds, {low:.6g} to {high:.6g}, and a price above 0"
            )
            return


def market(model: Any, price: float) -> Iterator[str]:
    """Yields what is wrong with households' demand around a price."""
    prices, consumption = tf.constant(price * np.geomspace(0.3, 3.0, 41)), number(1 / price)
    if not (np.diff(model.excess_demand(consumption, prices)) < 0).all():
        yield "excess_demand does not fall in the price somewhere; expected that it always does"
    gap = relative(model.excess_demand(consumption, prices) + consumption, model.consumption(prices))
    if not gap <= 1e-9:
        yield f"excess_demand is off consumption(price) less its argument by {gap:.2g}; expected their difference"


def differences(function: Callable[[tf.Tensor], tf.Tensor], points: tf.Tensor) -> np.ndarray:
    """Slope of an elementwise function by central differences."""
    step = STEP * tf.abs(points)
    return ((function(points + step) - function(points - step)) / (2 * step)).numpy()


def relative(found: tf.Tensor | np.ndarray, expected: tf.Tensor | np.ndarray) -> float:
    """Largest relative distance; NaN if either is."""
    return float(np.max(np.abs(np.asarray(found) / np.asarray(expected) - 1)))


def number(value: float) -> tf.Tensor:
    """A scalar, float64."""
    return tf.constant(value, tf.float64)
