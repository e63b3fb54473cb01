"""How well firms' rules forecast what happened: Den Haan (2010), one period ahead, R^2, and what is left in errors.

The dynamic forecast starts from one actual K and is iterated on the rules with actual shocks. Errors are distances in
logs; 0.001 is a tenth of a per cent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.methods.krusell_smith.simulator import Forecast

DynamicForecast = Callable[[np.ndarray, float], dict[str, np.ndarray]]
"""(aggregate indices [T], first mean capital) -> mean_capital and prices by name, [T] each."""


def dynamic_forecast(forecast: Forecast, prices: Sequence[str] = ("price",)) -> DynamicForecast:
    """Returns a function that iterates the forecast from a mean capital along aggregate states: K_t and prices, [T]."""

    @graph
    def iterated(aggregate: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
        periods = aggregate.shape[0]
        rows = tf.TensorArray(tf.float64, periods, element_shape=(1 + len(prices), 1))

        def period(t: tf.Tensor, capital: tf.Tensor, rows: tf.TensorArray) -> tuple[tf.Tensor | tf.TensorArray, ...]:
            following, *expected = forecast(aggregate[t : t + 1], capital)
            return t + 1, tf.ensure_shape(following, (1,)), rows.write(t, tf.stack([capital, *expected]))

        return tf.while_loop(lambda t, *_: t < periods, period, (tf.constant(0), first[None], rows))[-1].stack()

    def run(aggregate: np.ndarray, first: float) -> dict[str, np.ndarray]:
        found = iterated(tf.constant(aggregate, tf.int32), tf.constant(first, tf.float64)).numpy()[..., 0]
        return dict(zip(("mean_capital", *prices), found.T, strict=True))

    return run


def forecast_accuracy(
    aggregate: np.ndarray,
    series: Mapping[str, np.ndarray],
    dynamic: Mapping[str, np.ndarray],
    states: Sequence[str],
    fewest: int = 3,
    prices: Sequence[str] = ("price",),
) -> dict[str, float]:
    """Compares forecasts with what happened.

    Args:
      aggregate: indices [T].
      series: mean_capital, prices and the forecasts made one period ahead, all [T].
      dynamic: from `dynamic_forecast`, over the same T periods.
      states: what each aggregate state is called, [A]; one that was not visited is left out.
      fewest: observations of a state below which its rule is not asked to be a fixed point.
      prices: their names.
    """
    logs = {name: np.log(series[name]) for name in (*prices, "mean_capital")}
    capital = logs["mean_capital"]
    numbers: dict[str, float] = {}
    for name, actual in logs.items():
        gap = np.abs(actual - np.log(dynamic[name]))
        numbers |= {f"den_haan_{name}_max": gap.max(), f"den_haan_{name}_mean": gap.mean()}
    outcomes = {
        **{name: (logs[name][:-1], np.log(series[f"forecast_{name}"][:-1])) for name in prices},
        "mean_capital": (capital[1:], np.log(series["forecast_mean_capital_next"][:-1])),
    }
    visited, leftovers = aggregate[:-1], [0.0]
    for name, (actual, forecast) in outcomes.items():
        error = actual - forecast
        numbers |= {f"forecast_rmse_{name}": _rms(error), f"forecast_r2_{name}": _r2(actual, error, visited)}
        for state in np.unique(visited):
            seen, suffix = visited == state, f"{name}_{states[state]}"
            numbers[f"forecast_rmse_{suffix}"] = _rms(error[seen])
            total = np.square(actual[seen] - actual[seen].mean()).sum()
            numbers[f"forecast_r2_{suffix}"] = 1 - np.square(error[seen]).sum() / total if total else np.nan
            if seen.sum() >= fewest:
                leftovers.append(_predictable(error[seen], capital[:-1][seen]))
    return numbers | {"rules_error": float(np.max(leftovers))}  # `max` would pass over NaN


def _rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(error))))


def _r2(actual: np.ndarray, error: np.ndarray, visited: np.ndarray) -> float:
    """Pooled over states, each about its own mean."""
    _, group = np.unique(visited, return_inverse=True)
    means = np.bincount(group, actual) / np.bincount(group)
    return float(1 - np.square(error).sum() / np.square(actual - means[group]).sum())


def _predictable(error: np.ndarray, logs: np.ndarray) -> float:
    """Largest error that a line in log K would still have foreseen: zero if the rules are a fixed point.

    NaN where errors are no numbers, as of capital that is all gone.
    """
    if not (np.isfinite(error).all() and np.isfinite(logs).all()):
        return np.nan
    design = np.stack([np.ones_like(logs), logs], -1)
    return float(np.abs(design @ np.linalg.lstsq(design, error, rcond=None)[0]).max())
