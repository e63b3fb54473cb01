"""Input-output tables: a synthetic one, or a table of the user's. Both give fields of `models.ProductionNetwork`.

The synthetic table has the summary facts of the 37 sectors of the United States by vom Lehn & Winberry (2022): how much
sectors spend on inputs and on their own goods, how far shocks travel, what log GDP's volatility is.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq

from hetkeras.csv_table import CsvTable
from hetkeras.errors import CalibrationError

MAX_SECTORS = 500
INPUT_SHARES = 0.233, 0.500, 0.809  # of all inputs in costs: least, mean and largest of the sectors
OWN_SHARE = 0.107  # of a sector's own goods in its costs, mean
RADIUS = 0.491  # spectral radius of the table
DOMAR = 1.8586  # sales over GDP, all sectors together
ZEROS = 7 / (37 * 36)  # of the pairs of sectors
VOLATILITY = 0.0139  # of log GDP in a year, all links on
REVERSION = 0.336  # median of the sectors
COLUMNS = ("sector", "consumption_share")
OPTIONAL = ("mean_productivity", "first_loading", "second_loading")
SHOWN = 8  # places that an error lists
MANY, ROUNDING = 5, 0.05  # sectors among which a total is no chance; of sums of rounded shares, relative
LARGEST = 64 << 20  # bytes of an NPZ once unpacked
ARRAYS = {"A": "shares", "beta": "consumption_shares", "SIG": "productivity_loadings", "epsbar": "mean_productivity"}


def synthetic_table(num_sectors: int = 37, seed: int = 0, productivity_spread: float = 0.1) -> dict[str, Any]:
    """Draws a table with the summary facts above, to their last digit.

    Args:
      num_sectors: N, from 3 to MAX_SECTORS.
      seed: of the draws.
      productivity_spread: standard deviation of mean log productivities, which no table tells.

    Raises:
      CalibrationError: if there are fewer than 3 sectors or more than MAX_SECTORS, the spread is negative or the draw
        cannot meet the facts.
    """
    if not 3 <= num_sectors <= MAX_SECTORS or not productivity_spread >= 0:
        raise CalibrationError(
            f"got {num_sectors} sectors and a spread of {productivity_spread}; expected at least 3 and at most "
            f"{MAX_SECTORS}, and 0 or above"
        )
    rng = np.random.default_rng(seed)
    spent = rng.permutation(_input_shares(num_sectors))
    own = spent * rng.beta(2, 4, num_sectors)
    own *= OWN_SHARE / own.mean()
    weights = np.exp(1.1 * rng.normal(size=num_sectors) + 1.5 * rng.normal(size=(num_sectors, num_sectors)))
    np.fill_diagonal(weights, 0)
    pairs = weights[~np.eye(num_sectors, dtype=bool)]
    weights[weights < np.sort(pairs)[round(ZEROS * len(pairs))]] = 0

    def shares(tilt: float) -> np.ndarray:
        """More is bought from sectors that buy much themselves, the larger the tilt."""
        tilted = weights * np.exp(tilt * (spent - spent.mean()))
        return np.diag(own) + tilted * ((spent - own) / tilted.sum(1))[:, None]

    table = shares(_tilt(lambda tilt: np.abs(np.linalg.eigvals(shares(tilt))).max() - RADIUS, "spectral radius", seed))
    reach = np.linalg.solve(np.eye(num_sectors) - table, np.ones(num_sectors))
    sizes = np.exp(1.2 * rng.normal(size=num_sectors))

    def consumption(tilt: float) -> np.ndarray:
        tilted = sizes * np.exp(tilt * (reach - reach.mean()))
        return tilted / tilted.sum()

    beta = consumption(_tilt(lambda tilt: consumption(tilt) @ reach - DOMAR, "Domar weights", seed))
    loadings = rng.normal((0.9, 0.3), (0.9, 1.0), (num_sectors, 2))
    domar = np.linalg.solve(np.eye(num_sectors) - table.T, beta)
    loadings *= VOLATILITY / np.linalg.norm(domar @ loadings)
    return _fields(table, beta, loadings, productivity_spread * rng.normal(size=num_sectors), REVERSION)


def read_table(path: str | Path) -> dict[str, Any]:
    """Reads a table from a CSV or NPZ file; `ProductionNetwork` then checks its economics.

    CSV: a row for each sector that buys, with its name in `sector`, its `consumption_share`, and the share in its costs
    of what it buys from each sector in a column of that sector's name. `mean_productivity`, `first_loading` and
    `second_loading` may be left out.
    NPZ: arrays A [N, N], row = user, and beta [N]; SIG [N, M], epsbar [N] and phi, a number, may be left out.

    Raises:
      CalibrationError: if the file cannot be read, lacks something, is not square or too large, a cell is no finite
        number, one is above 1, or a sector is the sum of the others.
    """
    names: tuple[str, ...] = ()
    if Path(path).suffix.lower() == ".npz":
        found = _arrays(Path(path))
    else:
        found, names = _columns(Path(path))
    count = found["A"].shape[0] if found["A"].ndim else 0
    shapes = {"A": (count, count), "beta": (count,), "epsbar": (count,), "phi": ()}
    for name, array in found.items():
        shape = shapes.get(name, (count, array.shape[1] if array.ndim == 2 else "M"))
        if array.shape != shape or not count:
            raise CalibrationError(
                f"{path}: {name} has the shape {array.shape}; expected {shape or 'one number'}: a square table A, one "
                "row for each sector that buys and one column for each that sells, and the rest to match"
            )
        if not np.isfinite(array).all():
            raise CalibrationError(f"{path}: {name} has entries that are no finite numbers; fill them in")
    if count > MAX_SECTORS:
        raise CalibrationError(f"{path} has {count} sectors; expected at most {MAX_SECTORS}")
    if (total := _total(found["A"], found["beta"])) is not None:
        raise CalibrationError(
            f"{path}: row or column of sector {total}, counted from 0, is the sum of the others; take out totals, rows "
            "and columns"
        )
    if (large := found["A"].max(1) > 1).any():
        raise CalibrationError(
            f"{path}: sector {large.argmax()} has a share of inputs above 1; expected shares of its costs, which sum "
            "to less than 1: divide flows by what the sector sells, and percents by 100"
        )
    phi = found.pop("phi", None)
    fields = _fields(found["A"], found["beta"], found.get("SIG"), found.get("epsbar"), phi)
    return {**fields, "sector_names": names} if names else fields


def _input_shares(count: int) -> np.ndarray:
    """Evenly spaced ranks between the least and the largest, bent to have the mean: [N]."""
    least, mean, largest = INPUT_SHARES
    ranks, level = np.linspace(0, 1, count), (mean - least) / (largest - least)
    bend = brentq(lambda power: (ranks**power).mean() - level, 0.05, 20)
    return least + (largest - least) * ranks**bend


def _tilt(gap: Any, what: str, seed: int) -> float:
    ends = -30.0, 30.0
    if gap(ends[0]) > 0 or gap(ends[1]) < 0:
        raise CalibrationError(f"seed {seed} draws sectors whose {what} cannot be met; expected another seed")
    return brentq(gap, *ends, xtol=1e-14)


def _columns(path: Path) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    table = CsvTable.read(path, COLUMNS, f"one row a sector, {' and '.join(COLUMNS)}, and a column for each sector")
    buyers = table.names("sector", "sector")
    sellers = [name for name in table.columns if name not in (*COLUMNS, *OPTIONAL)]
    buying, selling = {*buyers}, {*sellers}
    if buying != selling:
        rows = [str(line) for name, line in zip(buyers, table.lines, strict=True) if name not in selling]
        columns = [table.labels[name].removeprefix("column ") for name in sellers if name not in buying]
        raise CalibrationError(
            f"{path} is not square: {len(buyers)} sectors buy and {len(sellers)} sell; sectors without a column are in "
            f"the lines {_few(rows)}, those without a row in the columns {_few(columns)}"
        )
    found = {"A": np.column_stack([table.numbers(name) for name in buyers])}
    found["beta"] = table.numbers("consumption_share")
    if "mean_productivity" in table.columns:
        found["epsbar"] = table.numbers("mean_productivity")
    loadings = [table.numbers(name) for name in OPTIONAL[1:] if name in table.columns]
    return found | ({"SIG": np.column_stack(loadings)} if loadings else {}), buyers


def _total(shares: np.ndarray, consumption: np.ndarray) -> int | None:
    """The sector whose row or column is the sum of the others, up to rounding; None if there is none.

    With few sectors that can be chance: there its consumption has to be none or that of all others too.
    """
    others = consumption.sum() - consumption
    told = np.isclose(consumption, 0, atol=ROUNDING / 5) | np.isclose(consumption, others, atol=ROUNDING / 5)
    found = np.flatnonzero((_sums(shares) | _sums(shares.T)) & (told | (len(shares) >= MANY)))
    return int(found[0]) if found.size else None


def _few(places: list[str]) -> str:
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return (", ".join(places[:SHOWN]) or "none") + more


def _sums(shares: np.ndarray) -> np.ndarray:
    """Columns that are the sum of all others in every other row, of which at least two are not empty: bool [N]."""
    others, own = shares.sum(1, keepdims=True) - shares, np.eye(len(shares), dtype=bool)
    fits = np.abs(shares - others) <= ROUNDING * others + 1e-12
    return (fits | own).all(0) & (((others > 1e-9) & ~own).sum(0) > 1)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as stored:
            if (size := sum(entry.file_size for entry in stored.zip.infolist())) > LARGEST:
                raise ValueError(f"{size} bytes once unpacked, expected at most {LARGEST}")
            found = {
                name: stored[name].astype(float, casting="same_kind") for name in (*ARRAYS, "phi") if name in stored
            }
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise CalibrationError(f"{path} cannot be read ({error}); expected an NPZ of arrays of numbers") from error
    missing = [name for name in ("A", "beta") if name not in found]
    if missing:
        raise CalibrationError(f"{path} lacks the arrays {', '.join(missing)}; expected A [N, N] and beta [N]")
    return found


def _fields(
    shares: np.ndarray,
    consumption: np.ndarray,
    loadings: np.ndarray | None,
    productivity: np.ndarray | None,
    reversion: float | np.ndarray | None,
) -> dict[str, Any]:
    fields: dict[str, Any] = {"num_sectors": len(shares)}
    tables = {"shares": shares, "consumption_shares": consumption}
    if loadings is not None:
        fields["num_factors"], tables["productivity_loadings"] = loadings.shape[1], loadings
    if productivity is not None:
        tables["mean_productivity"] = productivity
    if reversion is not None:
        fields["reversion"] = float(reversion)
    return fields | {name: tuple(map(float, table.ravel())) for name, table in tables.items()}
