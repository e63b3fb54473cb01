"""The page of one solve: verdict, checks, calibration, figures, every number, and how to load the solution."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.errors import RunDirectoryError
from hetkeras.report import figures, formats, glossary
from hetkeras.report.content import Block, Cell, Code, Facts, Page, Section, Table, Text, cells, picture
from hetkeras.report.reading import number, read_columns, read_json, read_rows

PATH_COLUMNS = ("period", "residual_mean", "residual_low", "residual_high", "mean_state", "action")
METADATA = Path("saved_model") / "assets" / "hetkeras.json"
SHOWN_APART = ("model", "calibration")


@dataclasses.dataclass(frozen=True)
class Labels:
    """How the axes name action and state."""

    action: str = "action"
    state: str = "mean state"


def run_page(directory: Path) -> Page:
    """Returns the page of a run directory.

    Raises:
      RunDirectoryError: if run.json or diagnostics.json is missing, or any file is damaged.
    """
    run = read_json(directory / "run.json", ("model", "calibration"))
    numbers = read_json(directory / "diagnostics.json", ("converged",))
    checks = _checks(directory / "checks.csv")
    model, preset = str(run["model"]), run.get("preset")
    about = [f"model {model}", *([f"preset {preset}"] if preset else [])]
    about += [f"seed {run['seed']}"] if "seed" in run else []
    return Page(
        title=f"{model}: {directory.resolve().name}",
        subtitle=", ".join(about),
        verdict=verdict(directory, numbers, checks),
        sections=(
            Section("Checks", (checks or _absent("checks.csv", "the table of checks is left out"),)),
            Section("Calibration", (_calibration(directory, run["calibration"]),)),
            Section("Figures", (*path_pictures(directory), *_concentration(directory))),
            Section("All diagnostics", (_diagnostics(numbers),)),
            Section("How it was solved", _settings(run)),
            Section("Loading the solution", _loading(directory, numbers)),
        ),
    )


def verdict(directory: Path, numbers: Mapping[str, Any], checks: Table | None) -> Text:
    """Returns the headline; a run whose checks and verdict disagree is never shown as right.

    Raises:
      RunDirectoryError: if `converged` is not true or false.
    """
    converged = numbers["converged"]
    if not isinstance(converged, bool):
        raise RunDirectoryError(
            f"{directory / 'diagnostics.json'}: converged is {converged!r}, expected true or false; solve again"
        )
    if not converged:
        return Text(f"Not converged: {numbers.get('reason') or 'no reason is on file'}", "bad")
    verdicts = [row[-1] for row in checks.rows] if checks else []
    failed = sum(cell.tone == "bad" for cell in verdicts)
    if failed:
        return Text(f"Converged by its diagnostics, but {failed} of {len(verdicts)} checks fail", "bad")
    return Text("Converged" + (f": {len(verdicts)} of {len(verdicts)} checks pass" if verdicts else ""), "good")


def path_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns the figures drawn from paths.csv, or a sentence in their place."""
    path = directory / "paths.csv"
    if not path.exists():
        return (_absent("paths.csv", "residuals, policy and mean state are not drawn"),)
    paths = read_columns(path, PATH_COLUMNS, ("reference_action",))
    labels = _labels(directory)
    compared = (
        " and, below, its signed distance to the reference in percent of it" if "reference_action" in paths else ""
    )
    drawn = (
        picture(
            figures.residual_figure({"": paths}),
            "Euler residuals by period, mean and band",
            "Euler residuals along fresh equilibrium paths: mean and 95 % band.",
        ),
        picture(
            figures.policy_figure({"": paths}, labels.action),
            "The policy by period along one path",
            f"The policy along one path{compared}.",
        ),
        picture(
            figures.state_figure(paths, labels.state),
            "Mean state by period",
            "The mean state, averaged over agents and paths.",
        ),
    )
    return (*_left_out(paths), *drawn)


def _left_out(paths: figures.Columns) -> tuple[Text, ...]:
    broken = ~np.all([np.isfinite(paths[column]) for column in paths], axis=0)
    if not broken.any():
        return ()
    return (
        Text(
            f"{broken.sum()} of {broken.size} periods hold numbers that are not finite; the figures leave them out.",
            "bad",
        ),
    )


def _concentration(directory: Path) -> tuple[Block, ...]:
    path = directory / "concentration.csv"
    if not path.exists():
        return (_absent("concentration.csv", "concentration of measure is not drawn"),)
    columns = read_columns(path, ("num_agents", "residual_sd"), ("analytic_sd",))
    caption = (
        "Concentration of measure: standard deviation of the Euler residual when the expectation is taken with one "
        "raw draw of the idiosyncratic shocks, against the number of agents."
    )
    return (picture(figures.concentration_figure(columns), "Spread of the residual against N, both log", caption),)


def _checks(path: Path) -> Table | None:
    if not path.exists():
        return None
    rows = []
    for line, row in enumerate(read_rows(path, ("check", "measured", "expected", "verdict")), 2):
        if row["verdict"] not in ("PASS", "FAIL"):
            raise RunDirectoryError(f"{path}, line {line}: verdict is {row['verdict']!r}, expected PASS or FAIL")
        measured = formats.plain(number(path, line, row, "measured"))
        tone = "good" if row["verdict"] == "PASS" else "bad"
        about = glossary.explanation(row["check"])
        rows.append((*cells(row["check"], about, measured, row["expected"]), Cell(row["verdict"], tone)))
    return Table(("check", "what it is", "measured", "expected", "verdict"), tuple(rows), numbers_from=2)


def _diagnostics(numbers: Mapping[str, Any]) -> Table:
    rows = [cells(name, glossary.explanation(name), glossary.written(name, value)) for name, value in numbers.items()]
    return Table(("diagnostic", "in words", "value"), tuple(rows), numbers_from=2)


def _calibration(directory: Path, values: Any) -> Block:
    if not isinstance(values, dict):
        raise RunDirectoryError(
            f"{directory / 'run.json'}: calibration is {values!r}, expected field -> value; solve again"
        )
    return _facts(values)


def _settings(run: Mapping[str, Any]) -> tuple[Block, ...]:
    """Everything else in run.json: single values first, then each group under its name."""
    rest = {name: value for name, value in run.items() if name not in SHOWN_APART}
    groups = {name: value for name, value in rest.items() if isinstance(value, dict)}
    single = {name: value for name, value in rest.items() if name not in groups}
    return (_facts(single), *(_facts(values, name) for name, values in groups.items()))


def _facts(values: Mapping[str, Any], title: str = "") -> Facts:
    return Facts(tuple((name, formats.exact(value)) for name, value in values.items()), title)


def _labels(directory: Path) -> Labels:
    metadata = _metadata(directory)
    action = next(iter(_policy_signature(metadata).get("outputs", {})), None)
    state = next(iter(metadata.get("bounds", {})), None)
    if action is None or state is None:
        return Labels()
    units = metadata.get("units", {})
    written = [formats.words(name) + (f" ({units[name]})" if name in units else "") for name in (action, state)]
    return Labels(written[0], f"mean {written[1]}")


def _loading(directory: Path, numbers: Mapping[str, Any]) -> tuple[Block, ...]:
    if not (directory / METADATA).exists():
        return (_absent(str(METADATA), "there is no SavedModel to load"),)
    code = _snippet(_metadata(directory), {"B": 4, "N": int(numbers.get("num_agents") or 8)})
    return (
        Text("TensorFlow alone is enough. Run this in the directory of this page; any B and N will do."),
        Code(code),
    )


def _snippet(metadata: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """Returns the lines that load the SavedModel and call its policy in the middle of the trained range."""
    policy, bounds = _policy_signature(metadata), metadata.get("bounds", {})
    lines = ["import tensorflow as tf", "", 'loaded = tf.saved_model.load("saved_model")']
    if not policy or any(axis not in sizes for axes in policy["inputs"].values() for axis in axes):
        lines += ["for name, signature in loaded.signatures.items():"]
        lines += ["    print(name, signature.structured_input_signature[1], signature.structured_outputs)"]
        return "\n".join(lines)
    lines += ['policy = loaded.signatures["policy"]', "inputs = {"]
    for name, axes in policy["inputs"].items():
        shape = ", ".join(str(sizes[axis]) for axis in axes)
        middle = formats.plain(float(np.mean(bounds.get(name.removeprefix("industry_"), 1.0))))
        lines.append(
            f'    "{name}": tf.cast(tf.fill([{shape}], {middle}), "{policy["dtype"]}"),  # [{", ".join(axes)}]'
        )
    return "\n".join([*lines, "}", *(f'print(policy(**inputs)["{name}"])' for name in policy["outputs"])])


def _metadata(directory: Path) -> dict[str, Any]:
    path = directory / METADATA
    return read_json(path) if path.exists() else {}


def _policy_signature(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return metadata.get("signatures", {}).get("policy", {})


def _absent(name: str, consequence: str) -> Text:
    return Text(f"{name} is not in the directory: {consequence}.")
