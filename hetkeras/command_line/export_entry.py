"""Flags of the model of export destinations: a map."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags


def define() -> Sequence[str]:
    """Defines the flags and returns their names."""
    flags.DEFINE_string(
        "geography",
        None,
        "'synthetic' (default with --preset=paper and no --set), a CSV of destinations (see "
        "hetkeras.models.export_entry.geography), or 'none': equal destinations.",
    )
    return ("geography",)
