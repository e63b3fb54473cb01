"""Jobs of a table: its cases, checked before the first one runs, and what each solve is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hetkeras.errors import RunDirectoryError, brief
from hetkeras.named_models import SHIPPED
from hetkeras.sweeps.case import Case

WORDS = ("table", "group", "description")  # of a case
OURS = ("run_dir", "seed", "report")  # flags that are set for each solve
ASSIGNMENTS = ("set", "solver")  # flags of field=value


class Job(NamedTuple):
    """One solve of a table: its case, its seed, the model, and where it runs."""

    case: Mapping[str, Any]
    seed: int
    model: str
    out_dir: Path

    @property
    def run_dir(self) -> Path:
        words = f"{self.case['table']} {self.case['group']} {self.case['description']}".lower()
        return self.out_dir / "cases" / re.sub(r"[^a-z0-9.]+", "_", words).strip("_") / f"seed{self.seed}"

    def to_solve(self) -> Case:
        """The case of a sweep that a table's words and flags stand for."""
        flags = self.case["flags"]
        options = {name: value for name, value in flags.items() if name not in ASSIGNMENTS}
        calibration, solver = (dict(_pairs(flags.get(name, []))) for name in ASSIGNMENTS)
        return Case(" ".join(_title(self.case)), self.model, calibration, {**options, "solver": solver}, self.seed)


def read_jobs(table: Path, out_dir: Path, num_seeds: int, only: str) -> list[Job]:
    """Returns the jobs of a table.

    Raises:
      RunDirectoryError: if the table cannot be read or no case is picked.
    """
    try:
        content = json.loads(table.read_text(encoding="utf-8"))
        problem = next(iter(_problems(content)), None)
        cases = [] if problem else [case for case in content["cases"] if re.search(only, " ".join(_title(case)))]
    except re.error as error:
        raise RunDirectoryError(
            f"--only={only} is no regular expression ({error}); expected one, as in Wide"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        problem = str(error)
    if problem:
        raise RunDirectoryError(
            f"table {table} cannot be used: {problem}; expected JSON with 'model' and 'cases', each case with 'table', "
            "'group', 'description' and 'flags'"
        )
    if not cases:
        raise RunDirectoryError(f"--only={only} picks none of the {len(content['cases'])} cases of {table}")
    return [
        Job(case, seed, content["model"], out_dir)
        for seed in range(num_seeds)
        for case in cases
        if seed < case.get("seeds", num_seeds)
    ]


def _problems(content: Any) -> Iterable[str]:
    """Yields what is wrong with the content of a table."""
    if not isinstance(content, dict) or not isinstance(content.get("cases"), list) or not content["cases"]:
        yield "it is no object with a list of 'cases'"
        return
    model = content.get("model")
    if not isinstance(model, str) or not (model in SHIPPED or ":" in model or model.endswith(".py")):
        yield f"its 'model' is {brief(model)}, and no model"
    known: set[Path] = set()
    for number, case in enumerate(content["cases"], 1):
        found = [*_case_problems(case)]
        yield from (f"case {number}: {problem}" for problem in found)
        if not found and (place := Job(case, 0, "", Path()).run_dir) in known:
            yield f"case {number}: another one has the same table, group and description"
        known |= set() if found else {place}


def _case_problems(case: Any) -> Iterable[str]:
    if not isinstance(case, dict) or not isinstance(case.get("flags"), dict):
        yield f"{brief(case)} is no object with 'flags' that are one too"
        return
    for name in WORDS:
        if not isinstance(case.get(name), str):
            yield f"'{name}' is {brief(case.get(name))}, and no text"
    seeds = case.get("seeds", 1)
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        yield f"'seeds' is {brief(seeds)}, and no number of seeds"
    for name, value in case["flags"].items():
        if name in OURS or not re.fullmatch(r"[a-z]\w*", name):
            yield f"{brief(name)} is no flag that a table sets"
        if not all(isinstance(entry, str | int | float) for entry in _entries(value)):
            yield f"the flag '{name}' is {brief(value)}; expected a text, a number or a list of them"
        elif name in ASSIGNMENTS and not _are_assignments(value):
            yield f"the flag '{name}' is {brief(value)}; expected field=value, or a list of them with each field once"


def _are_assignments(value: Any) -> bool:
    pairs = _pairs(value)
    return all("=" in str(entry) for entry in _entries(value)) and len(dict(pairs)) == len(pairs)


def _title(case: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(case[name] for name in WORDS)


def _pairs(value: Any) -> list[tuple[str, str]]:
    """Field and value of each assignment in a list, or of one alone."""
    return [(name, text) for name, _, text in (str(entry).partition("=") for entry in _entries(value))]


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
