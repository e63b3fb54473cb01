"""Export destinations on a map: a synthetic one, or a table of the user's. Both give fields of `models.ExportEntry`.

Complementarity falls with distance and rises with a shared language or trade agreement, as in Alfaro-Urena et al.
(2023): c_jm = strength (exp(-distance / reach) + .5 same language + .5 same agreement), and a destination gains
c_jm + c_mj from serving m too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.csv_table import CsvTable, is_missing
from hetkeras.errors import CalibrationError

MAX_DESTINATIONS = 2000
NUMBERS = ("revenue", "mean_cost", "entry_cost", "first_loading", "second_loading", "latitude", "longitude")
WORDS = ("destination", "language", "agreement")
RANGES = {"latitude": (-90, 90), "longitude": (-180, 180)}
REACH, EARTH = 1.5, 6.371  # thousand kilometres: over which closeness fades, and the radius
SHARE = 0.15  # of revenue that pairs add where all are served, mean over destinations


def synthetic_geography(num_destinations: int, seed: int = 0, share: float = SHARE) -> dict[str, Any]:
    """Draws destinations on a sphere with languages and trade agreements by region.

    Args:
      num_destinations: J.
      seed: of the draws.
      share: of revenue that pairs add where all are served, mean over destinations.

    Raises:
      CalibrationError: if there is no destination, or more than MAX_DESTINATIONS, or the share is negative.
    """
    if not 1 <= num_destinations <= MAX_DESTINATIONS or not 0 <= share < 1:
        raise CalibrationError(
            f"got {num_destinations} destinations and share {share}; expected from 1 to {MAX_DESTINATIONS}, and "
            "from 0 to 1"
        )
    rng = np.random.default_rng(seed)
    regions = rng.integers(max(1, num_destinations // 12), size=num_destinations)
    centres = np.column_stack([rng.uniform(-40, 60, regions.max() + 1), rng.uniform(-180, 180, regions.max() + 1)])
    places = centres[regions] + rng.normal(scale=(6, 9), size=(num_destinations, 2))
    foreign = 7 + rng.integers(5, size=num_destinations)
    language = np.where(rng.uniform(size=num_destinations) < 0.6, regions % 7, foreign)
    agreement = np.where(rng.uniform(size=num_destinations) < 0.7, regions, -1 - np.arange(num_destinations))
    raw = _closeness(places, language, agreement)
    revenue = np.clip(rng.normal(1.0, 0.15, num_destinations), 0.6, 1.5)
    return _fields(
        revenue=revenue,
        mean_cost=rng.uniform(0.75, 0.9, num_destinations),
        entry_cost=rng.uniform(0.5, 1.0, num_destinations),
        loadings=np.column_stack(
            [rng.uniform(0.05, 0.15, num_destinations), rng.uniform(-0.05, 0.15, num_destinations)]
        ),
        pairs=raw * _factor(raw, revenue, share),
    )


def read_geography(path: str | Path, strength: float | None = None, share: float = SHARE) -> dict[str, Any]:
    """Reads a CSV with one row a destination and the columns of NUMBERS and WORDS.

    Where a language or an agreement is not known, or there is none, `NA` says so: it is shared with nobody.

    Args:
      path: the file.
      strength: of complementarity; by default such that all others add `share` to revenue on average.
      share: see there.

    Raises:
      CalibrationError: if `CsvTable` refuses the file, a place is not on the globe, a revenue is not above 0, or a
        destination is there twice, or there are more than MAX_DESTINATIONS.
    """
    table = CsvTable.read(path, (*WORDS, *NUMBERS), f"one row a destination and {', '.join((*WORDS, *NUMBERS))}")
    names = table.names("destination", "destination")
    if len(names) > MAX_DESTINATIONS:
        raise CalibrationError(f"{path} has {len(names)} destinations; expected at most {MAX_DESTINATIONS}")
    columns = {name: table.numbers(name, *RANGES.get(name, ())) for name in NUMBERS}
    for row in np.flatnonzero(columns["revenue"] <= 0).tolist():
        raise table.error(row, "revenue is not above 0; expected what the destination earns in a year")
    places = np.column_stack([columns["latitude"], columns["longitude"]])
    raw = _closeness(places, *(_keys(table, name) for name in ("language", "agreement")))
    factor = _factor(raw, columns["revenue"], share) if strength is None else strength
    loadings = np.column_stack([columns["first_loading"], columns["second_loading"]])
    fields = _fields(columns["revenue"], columns["mean_cost"], columns["entry_cost"], loadings, factor * raw)
    return {**fields, "destination_names": names}


def _keys(table: CsvTable, name: str) -> np.ndarray:
    """Numbers that are the same where cells are, and different wherever a cell says that nothing is known: [J]."""
    cells = table.words(name)
    return np.array([-1 - row if is_missing(cell) else cells.index(cell) for row, cell in enumerate(cells)])


def _closeness(places: np.ndarray, language: np.ndarray, agreement: np.ndarray) -> np.ndarray:
    """What the pairs have in common, [J, J], zero on the diagonal."""
    latitude, longitude = np.radians(places).T
    chord = np.sin(np.subtract.outer(latitude, latitude) / 2) ** 2
    chord += np.multiply.outer(np.cos(latitude), np.cos(latitude)) * (
        np.sin(np.subtract.outer(longitude, longitude) / 2) ** 2
    )
    distance = 2 * EARTH * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    shared = (language[:, None] == language) * 0.5 + (agreement[:, None] == agreement) * 0.5
    return (np.exp(-distance / REACH) + shared) * (1 - np.eye(len(places)))


def _factor(raw: np.ndarray, revenue: np.ndarray, share: float) -> float:
    """What makes pairs add a share of all revenue."""
    return share * revenue.sum() / raw.sum() if raw.any() else 0.0


def _fields(
    revenue: np.ndarray, mean_cost: np.ndarray, entry_cost: np.ndarray, loadings: np.ndarray, pairs: np.ndarray
) -> dict[str, Any]:
    columns = {"revenue": revenue, "mean_cost": mean_cost, "entry_cost": entry_cost}
    columns |= {"cost_loadings": loadings.ravel(), "complementarity": pairs.ravel()}
    return {"num_destinations": len(revenue)} | {name: tuple(map(float, column)) for name, column in columns.items()}
