"""Flags of the model of production networks: a table of sectors, and who decides."""

from __future__ import annotations

from collections.abc import Sequence

from absl import flags

from hetkeras.models.production_network.builder import DECIDES


def define() -> Sequence[str]:
    """Defines the flags and returns their names."""
    flags.DEFINE_string(
        "table",
        "synthetic",
        "CSV or NPZ of sectors (see hetkeras.models.production_network.input_output), 'synthetic', or 'none'; 'small', "
        "'star' and 'bipartite' are tables whose planner is known exactly (see benchmark_economies beside it), 'small' "
        "with --set=num_sectors=2 or 3.",
    )
    flags.DEFINE_enum(
        "decides",
        "planner",
        list(DECIDES),
        "planner: one for all; users: each sector's own delegate, who minds its unit cost; pairs: those of the user "
        "and of the supplier, who share what both gain.",
    )
    return ("table", "decides")
