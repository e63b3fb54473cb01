"""The model of a preset, on a table of sectors, with those who decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hetkeras.errors import CalibrationError
from hetkeras.models.production_network.benchmark_economies import bipartite_table, small_table, star_table
from hetkeras.models.production_network.calibration import MAX_SECTORS
from hetkeras.models.production_network.input_output import read_table, synthetic_table
from hetkeras.models.production_network.link_formation_game import LinkFormationGame
from hetkeras.models.production_network.planner import ProductionNetwork

SECTORS = {"quick": 5, "paper": 37}
DECIDES = ("planner", "users", "pairs")
TABLES = {"synthetic": synthetic_table, "star": star_table, "bipartite": bipartite_table}


def build(
    preset: str, assignments: Sequence[str], table: str = "synthetic", decides: str = DECIDES[0]
) -> ProductionNetwork:
    """The model: preset, then the table of sectors, then assignments.

    Args:
      preset: quick or paper.
      assignments: "field=value" of the calibration.
      table: CSV or NPZ of sectors, "synthetic", "none", or one whose planner is known: "small", "star", "bipartite".
      decides: planner, users or pairs.

    Raises:
      CalibrationError: if an assignment does not fit, the file cannot be used, or nobody is known who decides.
    """
    if decides not in DECIDES:
        raise CalibrationError(f"decides is {decides}; expected one of {', '.join(DECIDES)}")
    if decides == "planner":
        return ProductionNetwork(**_sectors(preset, ProductionNetwork.parse(assignments), table))
    chosen = LinkFormationGame.parse(assignments)
    game = {"risk_aversion": 1.0, "joint": int(decides == "pairs")}
    if chosen.get("joint", game["joint"]) != game["joint"]:
        raise CalibrationError(
            f"--set=joint={chosen['joint']} with --decides={decides}; expected --decides=pairs for joint=1, "
            "--decides=users for joint=0"
        )
    return LinkFormationGame(**{**_sectors(preset, chosen, table), **game, **chosen})


def _sectors(preset: str, chosen: dict[str, Any], table: str) -> dict[str, Any]:
    """Fields of the table of sectors, then those chosen.

    Raises:
      CalibrationError: if there are too few sectors, or too many, or the table cannot be had.
    """
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
