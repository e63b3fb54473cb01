"""The model of a preset, on a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hetkeras.models.export_entry.geography import read_geography, synthetic_geography
from hetkeras.models.export_entry.model import ExportEntry

DESTINATIONS = {"quick": 10, "paper": 100}


def build(preset: str, assignments: Sequence[str], geography: str | None = None) -> ExportEntry:
    """The model: preset, then geography, then assignments.

    Args:
      preset: quick or paper.
      assignments: "field=value" of the calibration.
      geography: a CSV file of destinations, "synthetic", or "none": equal destinations. By default synthetic for the
        paper's preset without assignments, and none else.

    Raises:
      CalibrationError: if an assignment does not fit, or the file cannot be used.
    """
    chosen = ExportEntry.parse(assignments)
    geography = geography or ("synthetic" if preset == "paper" and not chosen else "none")
    count = chosen.get("num_destinations", DESTINATIONS[preset])
    fields: dict[str, Any] = {"num_destinations": count}
    if geography == "synthetic":
        fields = synthetic_geography(count)
    elif geography != "none":
        fields = read_geography(geography)
    return ExportEntry(**{**fields, **chosen})
