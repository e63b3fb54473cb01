"""What a policy makes of a network over time: after a fall of one sector's productivity, and from nothing.

The fall is paired: paths with and without it share all luck. A third path takes productivity from the one and links
from the other, as if the planner had not answered: the rest of the distance is what rewiring does.

Axes: B paths, T moments, N sectors, J = N^2 links.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.methods.jump_diffusion.switching.paths import States, TurnPaths, Turns
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.numerics.paired_paths import with_and_without

FALL = -2.0  # in stationary standard deviations of the sector's own productivity
TIMES = 0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40  # years after a fall that are recorded
EVENTS = 400  # on a path, all starts together; but all states of one loop start at least
MOMENTS = 0, 5, 20, 60  # years at which a growing network is looked at
APART = 2  # years between two records of its path
COUNTS = {"fall": 100_000_000, "growth": 200_000_000}  # of draws, apart from those that led to the states
COUNT_STEP = 100_000  # draws between two records, more than there are events


class Growth(NamedTuple):
    """Tables: path by year; sectors and links of one path at some moments."""

    path: dict[str, np.ndarray]
    sectors: dict[str, np.ndarray]
    links: dict[str, np.ndarray]


def largest_sector(model: ProductionNetwork) -> int:
    """The sector with the largest Domar weight where all links are on."""
    full = tf.ones((model.num_sectors, model.num_sectors), tf.float64)
    return int(tf.argmax(model.technology.domar_weights(full)))


def productivity_fall(
    paths: TurnPaths[ProductionNetwork], visited: States, sector: int | None = None
) -> dict[str, np.ndarray]:
    """Averages over paths after one sector's productivity fell, and had it not.

    Args:
      paths: the policy's.
      visited: states at the start, a multiple of the number of paths; where events are many, some of them are enough.
      sector: whose productivity falls; the one with the largest Domar weight if None.

    Returns:
      time, in years; log_gdp and active (share of links that can move) without the fall (`_usual`) and with it
      (`_shocked`); log_gdp_rigid: with the fall but the links of the usual path; rewiring and rewiring_error: log GDP
      with the fall less that, and its standard error over paths. All [T].
    """
    model = paths.model
    fallen = fall(model, largest_sector(model) if sector is None else sector)
    times, parts = np.array(TIMES, float), []
    for number, start in enumerate(_starts(paths, visited, times[-1])):
        count = COUNTS["fall"] + number * len(times) * COUNT_STEP

        def run(shocks: float, start: States = start, count: int = count) -> dict[str, tf.Tensor]:
            return _recorded(paths, start._replace(state=start.state + shocks * fallen), count, times)

        parts.append(_compared(model, with_and_without(run)))
    whole = {name: np.concatenate([part[name] for part in parts], 1) for name in parts[0]}
    error = whole["rewiring"].std(1, ddof=1) / np.sqrt(whole["rewiring"].shape[1])
    means = {name: values.mean(1) for name, values in whole.items()}
    return {"time": times, **means, "rewiring_error": error}


def _starts(paths: TurnPaths, visited: States, years: float) -> list[States]:
    """States for so many runs of the loop as time allows; the last ones have moved on the longest."""
    size = paths.num_paths
    most = max(round(EVENTS / (paths.event_rate * years)), 1)
    ends = range(visited.regime.shape[0], 0, -size)[:most]
    return [States(*(part[end - size : end] for part in visited)) for end in ends]


def fall(model: ProductionNetwork, sector: int) -> np.ndarray:
    """What a fall adds to log productivity, [N]."""
    spread = np.linalg.norm(model.factor_loadings[sector]) / np.sqrt(2 * model.reversion)
    return FALL * spread * np.eye(model.num_sectors)[sector]


def grown_network(paths: TurnPaths[ProductionNetwork], moments: Sequence[int] = MOMENTS) -> Growth:
    """Lets networks grow from nothing at mean productivity; averages of all, and snapshots of the first."""
    model = paths.model
    nothing = tf.constant(np.where(model.movable, 0.0, 1.0).ravel())
    begun = paths.start(model.long_run_mean(tf.float64), nothing)
    years = np.union1d(np.arange(0, max(moments) + 1, APART), moments)
    found = _recorded(paths, States(*begun[:3]), COUNTS["growth"], years)
    gdp, active = _log_gdp(model, found["state"], found["binary"]), _active(model, found["binary"])
    path: dict[str, np.ndarray] = {"year": years}
    for name, values in (("active", active), ("log_gdp", gdp)):
        low, high = np.quantile(values, (0.1, 0.9), 1)
        path |= {f"{name}_mean": values.mean(1), f"{name}_low": low, f"{name}_high": high, name: values[:, 0]}
    at = np.searchsorted(years, moments)
    drawn = (tf.gather(found[name][:, 0], at) for name in ("state", "binary"))
    return Growth(path, *_snapshots(model, np.array(moments), *drawn))


def _named(model: ProductionNetwork, times: int) -> dict[str, np.ndarray]:
    """Names of the sectors, so many times over, where they have any."""
    names = model.element_summary.get("supplier_name")
    return {} if names is None else {"name": np.tile(names[: model.num_sectors], times)}


def _snapshots(
    model: ProductionNetwork, years: np.ndarray, state: tf.Tensor, binary: tf.Tensor
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Sectors, and links that can move, at some years [T]: tables whose first column is the year."""
    count, links = model.num_sectors, model.links(binary)
    user, supplier = np.nonzero(model.movable)
    sectors = {
        "year": years.repeat(count),
        "sector": np.tile(np.arange(count), len(years)),
        **_named(model, len(years)),
        "domar": model.technology.domar_weights(links).numpy().ravel(),
        "productivity": state.numpy().ravel(),
    }
    table = {
        "year": years.repeat(len(user)),
        "user": np.tile(user, len(years)),
        "supplier": np.tile(supplier, len(years)),
    }
    table["share"] = np.tile(model.technology.shares[user, supplier], len(years))
    table["on"] = links.numpy()[:, user, supplier].astype(int).ravel()
    return sectors, table


def _recorded(paths: TurnPaths, start: States, count: int, times: np.ndarray) -> dict[str, tf.Tensor]:
    """States and binary states at times from 0 on: [T, B, N] and [T, B, J]."""
    zeros = tf.zeros(start.regime.shape, tf.float64)
    turns = [Turns(*start, zeros, zeros)]
    for number, years in enumerate(np.diff(times)):
        turns.append(paths.run(turns[-1], float(years), count + number * COUNT_STEP))
    return {"state": tf.stack([each.state for each in turns]), "binary": tf.stack([each.binary for each in turns])}


def _compared(model: ProductionNetwork, found: dict[str, tf.Tensor]) -> dict[str, np.ndarray]:
    """Log GDP and shares of links, [T, B] each."""
    kinds = {"usual": ("usual", "usual"), "shocked": ("shocked", "shocked"), "rigid": ("shocked", "usual")}
    gdp = {
        f"log_gdp_{name}": _log_gdp(model, found[f"state_{state}"], found[f"binary_{binary}"])
        for name, (state, binary) in kinds.items()
    }
    active = {f"active_{name}": _active(model, found[f"binary_{name}"]) for name in ("usual", "shocked")}
    return {**gdp, **active, "rewiring": gdp["log_gdp_shocked"] - gdp["log_gdp_rigid"]}


def _log_gdp(model: ProductionNetwork, state: tf.Tensor, binary: tf.Tensor) -> np.ndarray:
    return model.technology.log_gdp(model.links(binary), state).numpy()


def _active(model: ProductionNetwork, binary: tf.Tensor) -> np.ndarray:
    return tf.reduce_mean(tf.gather(binary, np.flatnonzero(model.movable), axis=-1), -1).numpy()
