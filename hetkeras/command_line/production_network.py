"""Flags of the model of production networks: a table of sectors, and who decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags

from hetkeras.errors import CalibrationError
from hetkeras.models.production_network.benchmark_economies import bipartite_table, small_table, star_table
from hetkeras.models.production_network.calibration import MAX_SECTORS
from hetkeras.models.production_network.input_output import read_table, synthetic_table
from hetkeras.models.production_network.link_formation_game import LinkFormationGame
from hetkeras.models.production_network.planner import ProductionNetwork

SECTORS = {"quick": 5, "paper": 37}
DECIDES = ("planner", "users", "pairs")
TABLES = {"synthetic": synthetic_table, "star": star_table, "bipartite": bipartite_table}


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


def build(preset: str, assignments: Sequence[str]) -> ProductionNetwork:
    """The model: preset, then the table of sectors, then --set."""
    decides = flags.FLAGS.decides
    if decides == "planner":
        return ProductionNetwork(**_sectors(preset, ProductionNetwork.parse(assignments)))
    if flags.FLAGS.network == "dense":
        raise CalibrationError(f"--network=dense with --decides={decides}; expected --network=links")
    chosen = LinkFormationGame.parse(assignments)
    game = {"risk_aversion": 1.0, "joint": int(decides == "pairs")}
    if chosen.get("joint", game["joint"]) != game["joint"]:
        raise CalibrationError(
            f"--set=joint={chosen['joint']} with --decides={decides}; expected --decides=pairs for joint=1, "
            "--decides=users for joint=0"
        )
    return LinkFormationGame(**{**_sectors(preset, chosen), **game, **chosen})


def _sectors(preset: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """Fields of the table of sectors, then those chosen.

    Raises:
      CalibrationError: if there are too few sectors, or too many, or the table cannot be had.
    """
    table = flags.FLAGS.table
    if table == "none":
        return chosen
    count = chosen.get("num_sectors", SECTORS[preset])
    if not 2 <= count <= MAX_SECTORS:
        raise CalibrationError(f"--set=num_sectors={count}: expected from 2 to {MAX_SECTORS}")
    if table == "small":
        fields = small_table(count, chosen.get("num_factors", 1))
    elif table in TABLES:
        fields = TABLES[table](count)
    else:
        fields = read_table(table)
    return {**fields, **chosen}
