"""Cases from a CSV or JSON file, from mappings or from a pandas frame.

In a CSV file each row is a case: `name`, `model` and `seed`, then a column for each field of the calibration. Columns
`options.preset` or `solver.num_steps` are options and settings of the solve. An empty cell is the default. A JSON file
is a list of objects with the same keys, or with `calibration` and `options` as objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hetkeras.csv_table import CsvTable
from hetkeras.errors import SweepError, brief, first_line
from hetkeras.files import read_json
from hetkeras.sweeps.case import Case

CELLS = str | int | float | bool | list | tuple | None
EXPECTED = "a file of cases, .csv or .json, each with a name, see docs/sweeps.md"


def read_cases(
    cases: str | Path | Iterable[Mapping[str, Any]],
    seeds: int = 1,
    model: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Case]:
    """All cases, each with each of its seeds, in the order of the file.

    Args:
      cases: the path of a file, a pandas frame, or mappings as the objects of a JSON file.
      seeds: 0, 1, ... of each case that has no seed of its own.
      model: of cases that name none.
      options: of all cases, where a case does not say otherwise.

    Raises:
      SweepError: if the file cannot be read, a case lacks a name or a model, or two have the same name.
      CalibrationError: if a CSV file is damaged, or has a name twice.
    """
    where = str(cases) if isinstance(cases, str | Path) else "cases"
    found: dict[str, list[Case]] = {}
    for number, given in enumerate(_given(cases), 1):
        one = _case(given, f"{where}, case {number}", model, options or {}, seeds)
        if one[0].name in found:
            raise SweepError(f"{where}, case {number}: the name {brief(one[0].name)} is there again; expected it once")
        found[one[0].name] = one
    if not found:
        raise SweepError(f"{where} has no case; expected one at least")
    return [case for one in found.values() for case in one]


def _given(cases: str | Path | Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    if not isinstance(cases, str | Path):
        rows = cases.to_dict("records") if hasattr(cases, "to_dict") else cases
        return [{key: value for key, value in row.items() if value == value} for row in rows]  # NaN: an empty cell
    path = Path(cases).expanduser()
    if path.suffix == ".csv":
        return _rows(CsvTable.read(path, ("name",), EXPECTED))
    if path.suffix != ".json":
        raise SweepError(f"{path} is neither .csv nor .json; expected {EXPECTED}")
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise SweepError(f"{path} cannot be read: {first_line(error)}; expected {EXPECTED}") from error
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        raise SweepError(f"{path} is no list of objects; expected {EXPECTED}")
    return content


def _rows(table: CsvTable) -> Iterator[dict[str, str]]:
    table.names("name", "case")
    for row in range(len(table.lines)):
        yield {name: cells[row] for name, cells in table.columns.items() if cells[row]}


def _case(
    given: Mapping[str, Any], where: str, model: str | None, options: Mapping[str, Any], seeds: int
) -> list[Case]:
    """A case with each of its seeds."""
    left = dict(given)
    name, target, seed = left.pop("name", None), left.pop("model", model), left.pop("seed", None)
    for key, value, what in (("name", name, "a text"), ("model", target, "a model, as in my_model.py:Skills")):
        if not isinstance(value, str) or not value:
            raise SweepError(f"{where}: its {key} is {brief(value)}; expected {what}")
    calibration = {**_mapping(left, "calibration", where)}
    chosen = {**options, **_mapping(left, "options", where)}
    chosen["solver"] = {**options.get("solver", {}), **_mapping(chosen, "solver", where)}
    for key, value in left.items():
        group, _, field = str(key).rpartition(".")
        if group not in ("", "options", "solver") or not isinstance(value, CELLS):
            raise SweepError(
                f"{where}: {brief(key)} is {brief(value)}; expected a field of the model, options.NAME or solver.NAME, "
                "and a value, a text or a list"
            )
        {"": calibration, "options": chosen, "solver": chosen["solver"]}[group][field] = value
    if "seed" in chosen:
        raise SweepError(f"{where}: it has an option seed; expected a column seed of its own, or seeds of all")
    own = range(seeds) if seed is None else (_seed(seed, where),)
    return [Case(name, str(target), calibration, chosen, each) for each in own]


def _mapping(given: dict[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """An object in an object, taken out of it."""
    found = given.pop(key, {})
    if not isinstance(found, Mapping):
        raise SweepError(f"{where}: its {key} is {brief(found)}; expected an object, name -> value")
    return found


def _seed(seed: Any, where: str) -> int:
    try:
        if isinstance(seed, bool) or int(seed) != float(seed):
            raise ValueError
        return int(seed)
    except (TypeError, ValueError) as error:
        raise SweepError(f"{where}: its seed is {brief(seed)}; expected a whole number") from error
