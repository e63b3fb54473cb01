"""From some dozen solves to moments at every calibration of a box."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hetkeras.box import Box
from hetkeras.csv_table import CsvTable
from hetkeras.errors import EstimationError, first_line
from hetkeras.estimation.bounds import Bounds
from hetkeras.estimation.emulator import Emulator
from hetkeras.estimation.simulated_moments import Simulate
from hetkeras.files import read_json, write_columns, write_json
from hetkeras.sweeps.engines import engine_of

NODES = {1: 12, 2: 30, 3: 60, 4: 120, 5: 180, 6: 240}
"""Calibrations of the fit, by number of parameters."""

FILE, ASKED, PROBLEM = "calibrations.csv", "asked.json", "problem"
HIDDEN_SEED = 7_331  # added to the seed: where the calibrations lie that the fit does not know

Row = dict[str, Any]


def emulate(
    simulate: Simulate,
    bounds: Mapping[str, tuple[float, float]],
    run_dir: str | Path,
    nodes: int | None = None,
    hidden: int = 10,
    simulations: int = 0,
    seed: int = 0,
    workers: int = 0,
) -> Emulator:
    """Asks for moments at calibrations that fill a box, and fits what lies between.

    Each calibration goes to `calibrations.csv` when it is known and is never asked for again: start the same call again
    to go on. One that fails has its reason there, and is left out.

    Args:
      simulate: called as simulate(parameters, simulations, seed); moments by name. `hetkeras.SolvedMoments` makes one
        of a model.
      bounds: name of a parameter -> (low, high).
      run_dir: where the file goes.
      nodes: calibrations of the fit, the corners of the box among them; default by the number of parameters.
      hidden: further ones, which tell the error.
      simulations: S, for `simulate`.
      seed: of the draws of `simulate`, and of where the calibrations lie.
      workers: processes, each on one core, where `simulate` must be importable; 0 asks in this one. What solves leave
        in memory is given back when a process ends.

    Raises:
      EstimationError: if bounds or numbers are wrong, run_dir is of another `simulate`, seed or number of simulations,
        a process is killed, or too few calibrations are left.
      CalibrationError: if the file in run_dir is of other parameters, or damaged.
    """
    over = _box(bounds)
    count = NODES[len(over.names)] if nodes is None else nodes
    least = 2 ** len(over.names)
    for name, number, lowest in (("nodes", count, least), ("hidden", hidden, 1), ("workers", workers, 0)):
        if number < lowest:
            raise EstimationError(f"{name} is {number}; expected at least {lowest}")
    points = np.concatenate([over.corners(), over.spread(count - least, seed), over.spread(hidden, seed + HIDDEN_SEED)])
    rows = _solved(simulate, over, points, Path(run_dir).expanduser(), simulations, seed, workers)
    good = np.array([not row[PROBLEM] for row in rows])
    if not good.any():
        raise EstimationError(f"no calibration could be solved: {rows[0][PROBLEM]}")
    names = [name for name in rows[int(np.argmax(good))] if name not in (*over.names, PROBLEM)]
    values = np.array([[row[name] for name in names] for row in np.array(rows)[good]], float)
    unknown = np.arange(len(points)) >= count
    return Emulator(over, names, points[good], values, unknown[good], simulations, int((~good).sum()))


def _box(bounds: Mapping[str, tuple[float, float]]) -> Box:
    over = Bounds.of(bounds)
    if len(over.names) > max(NODES):
        raise EstimationError(f"bounds are of {len(over.names)} parameters; expected {max(NODES)} at most")
    return over


def _solved(
    simulate: Simulate, over: Box, points: np.ndarray, folder: Path, simulations: int, seed: int, workers: int
) -> list[Row]:
    """Rows of all points: those of the file, then what is asked for, written one by one."""
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_another(folder, {"simulate": _told(simulate), "simulations": simulations, "seed": seed})
    wanted = [dict(zip(over.names, map(float, point), strict=True)) for point in points]
    known = _known(folder / FILE, over.names)
    missing = [point for point in wanted if _key(point) not in known]
    with tqdm(total=len(wanted), initial=len(wanted) - len(missing), desc="calibrations", disable=None) as shown:
        for point, found in _asked(simulate, missing, simulations, seed, workers):
            known[_key(point)] = {**point, **found}
            _write(folder / FILE, over.names, list(known.values()))
            shown.update()
    return [known[_key(point)] for point in wanted]


def _refuse_another(folder: Path, asked: Row) -> None:
    """Keeps what calibrations in a folder are asked for, and refuses to ask for something else there."""
    path = folder / ASKED
    if not path.exists():
        write_json(path, asked)
        return
    known = read_json(path)
    for name, value in asked.items():
        if known.get(name) != value:
            raise EstimationError(
                f"{folder} has calibrations with {name} {known.get(name)!r}; got {value!r}. Choose another run_dir"
            )


def _told(simulate: Simulate) -> str:
    """What tells one `simulate` from another: what it says of itself, or its name."""
    kind = simulate if hasattr(simulate, "__qualname__") else type(simulate)
    return str(getattr(simulate, "identity", f"{kind.__module__}:{kind.__qualname__}"))


def _asked(
    simulate: Simulate, points: Sequence[Row], simulations: int, seed: int, workers: int
) -> Iterator[tuple[Row, Row]]:
    """Each point with its moments, or with its problem, as they come."""
    calls = [partial(_moments, simulate, point, simulations, seed) for point in points]
    with contextlib.closing(engine_of("processes", workers)) as engine:
        for ended in engine.run(calls):
            if ended.lost:
                raise EstimationError(f"{ended.lost}; start the same call again to go on, with fewer workers")
            yield points[ended.place], ended.value


def _moments(simulate: Simulate, point: Row, simulations: int, seed: int) -> Row:
    """Moments by name, or the problem."""
    try:
        found = {name: float(value) for name, value in simulate(dict(point), simulations, seed).items()}
    except Exception as error:  # of a user's function; a row tells it
        return {PROBLEM: f"{type(error).__name__}: {first_line(error)}"}
    bad = [name for name, value in found.items() if not np.isfinite(value)]
    return {PROBLEM: f"{', '.join(bad)} is not finite"} if bad else {**found, PROBLEM: ""}


def _known(path: Path, parameters: Sequence[str]) -> dict[tuple[float, ...], Row]:
    """Rows of the file by their parameters; none if it is not there."""
    if not path.exists():
        return {}
    table = CsvTable.read(path, (*parameters, PROBLEM), "what hetkeras.emulate wrote for the same parameters")
    moments = [name for name in table.columns if name not in (*parameters, PROBLEM)]
    points = np.stack([table.numbers(name) for name in parameters], 1)
    rows = {}
    for place, point in enumerate(points):
        problem = table.columns[PROBLEM][place]
        found = {} if problem else {name: float(table.columns[name][place]) for name in moments}
        row = {**dict(zip(parameters, map(float, point), strict=True)), **found, PROBLEM: problem}
        rows[_key({name: row[name] for name in parameters})] = row
    return rows


def _write(path: Path, parameters: Sequence[str], rows: Sequence[Row]) -> None:
    names = dict.fromkeys((*parameters, *(name for row in rows for name in row if name != PROBLEM), PROBLEM))
    write_columns(path, {name: [row.get(name, "") for row in rows] for name in names})


def _key(point: Row) -> tuple[float, ...]:
    return tuple(point.values())
