"""Flags of the model of export destinations: a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags

from hetkeras.models.export_entry.geography import read_geography, synthetic_geography
from hetkeras.models.export_entry.model import ExportEntry

DESTINATIONS = {"quick": 10, "paper": 100}


def define() -> Sequence[str]:
    """Defines the flags and returns their names."""
    flags.DEFINE_string(
        "geography",
        None,
        "'synthetic' (default with --preset=paper and no --set), a CSV of destinations (see "
        "hetkeras.models.export_entry.geography), or 'none': equal destinations.",
    )
    return ("geography",)


def build(preset: str, assignments: Sequence[str]) -> ExportEntry:
    """The model: preset, then geography, then --set."""
    chosen = ExportEntry.parse(assignments)
    geography = flags.FLAGS.geography or ("synthetic" if preset == "paper" and not chosen else "none")
    count = chosen.get("num_destinations", DESTINATIONS[preset])
    fields: dict[str, Any] = {"num_destinations": count}
    if geography == "synthetic":
        fields = synthetic_geography(count)
    elif geography != "none":
        fields = read_geography(geography)
    return ExportEntry(**{**fields, **chosen})
