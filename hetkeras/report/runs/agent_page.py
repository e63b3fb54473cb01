"""Figures of a run with agents in one state, from the tables that lie in its directory."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from hetkeras.report.parts import figures, formats
from hetkeras.report.parts.content import Block, Picture, Text, absent
from hetkeras.report.parts.loading import policy_signature, read_metadata
from hetkeras.report.parts.reading import read_columns

PATHS, CONCENTRATION = "paths.csv", "concentration.csv"
FILES = (PATHS, CONCENTRATION)
PATH_COLUMNS = ("period", "residual_mean", "residual_low", "residual_high", "mean_state", "action")

EULER = "Euler residuals", "units of the payoff"
BELLMAN = "First-order residuals", "over marginal cost"


@dataclasses.dataclass(frozen=True)
class Labels:
    """How the axes name action and state."""

    action: str = "action"
    state: str = "mean state"


def agent_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns the figures of the two tables, each of them or a sentence in its place.

    Raises:
      RunDirectoryError: if a table is damaged.
    """
    return (*_paths(directory), *_concentration(directory))


def _paths(directory: Path) -> tuple[Block, ...]:
    path = directory / PATHS
    if not path.exists():
        return (absent(PATHS, "residuals, policy and mean state are not drawn"),)
    paths = read_columns(path, PATH_COLUMNS, ("reference_action",))
    labels = _labels(directory)
    compared = (
        " and, below, its signed distance to the reference in percent of it" if "reference_action" in paths else ""
    )
    residuals, unit = BELLMAN if _has_value(directory) else EULER
    drawn = (
        Picture(
            figures.residual_figure({"": paths}, f"{residuals[:-1]} ({unit})"),
            f"{residuals} by period, mean and band",
            f"{residuals} along fresh equilibrium paths: mean and 95 % band.",
        ),
        Picture(
            figures.policy_figure({"": paths}, labels.action),
            "The policy by period along one path",
            f"The policy along one path{compared}.",
        ),
        Picture(
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
    if _has_value(directory):  # an agent's own shock is integrated there, one draw is never used
        return ()
    path = directory / CONCENTRATION
    if not path.exists():
        return (absent(CONCENTRATION, "concentration of measure is not drawn"),)
    columns = read_columns(path, ("num_agents", "residual_sd"), ("analytic_sd",))
    caption = (
        "Concentration of measure: standard deviation of the Euler residual when the expectation is taken with one "
        "raw draw of the idiosyncratic shocks, against the number of agents."
    )
    return (Picture(figures.concentration_figure(columns), "Spread of the residual against N, both log", caption),)


def _has_value(directory: Path) -> bool:
    """Whether the Bellman equation was solved, not the Euler equation."""
    return "value" in read_metadata(directory).get("signatures", {})


def _labels(directory: Path) -> Labels:
    metadata = read_metadata(directory)
    action = next(iter(policy_signature(metadata).get("outputs", {})), None)
    state = next(iter(metadata.get("bounds", {})), None)
    if action is None or state is None:
        return Labels()
    units = metadata.get("units", {})
    written = [formats.words(name) + (f" ({units[name]})" if name in units else "") for name in (action, state)]
    return Labels(written[0], f"mean {written[1]}")
