"""Bias, spread, coverage, size and power of estimates, over data sets from a known truth; a row a replication.

Data are drawn apart from what estimates them (tools/monte_carlo/plants.py). Rows that are in the file already are kept,
so that the program can be stopped and started again.

Example:
  python -m tools.monte_carlo --replications=200
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from absl import flags
from tqdm import tqdm

from hetkeras.command_line.program import run_app
from hetkeras.csv_table import CsvTable
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from tools.measured.markdown import MEASURED
from tools.measured.monte_carlo import HEADER, summaries
from tools.monte_carlo.study import CASES, replicate

FLAGS = flags.FLAGS
flags.DEFINE_integer("replications", 200, "Data sets of each case, from 0.", 1)
flags.DEFINE_list("only", [], f"Cases among {', '.join(CASES)}; default all.")
flags.DEFINE_string("csv", str(MEASURED / "monte_carlo.csv"), "Where the rows go.")
KEY = ("case", "replication")


def main(argv: list[str]) -> None:
    del argv
    path = Path(FLAGS.csv)
    rows = kept(path)
    done = {(row["case"], int(row["replication"])) for row in rows}
    wanted = [(name, place) for name in FLAGS.only or CASES for place in range(FLAGS.replications)]
    for name, place in tqdm([each for each in wanted if each not in done], unit="estimate"):
        rows.append({column: str(value) for column, value in replicate(name, place).items()})
        write_columns(path, {column: [row[column] for row in rows] for column in rows[0]})
    print(table(HEADER, summaries(rows)))


def kept(path: Path) -> list[dict[str, Any]]:
    """Rows of an earlier run; none if there is no file."""
    if not path.is_file():
        return []
    found = CsvTable.read(path, KEY, "rows of `python -m tools.monte_carlo`")
    return [dict(zip(found.columns, cells, strict=True)) for cells in zip(*found.columns.values(), strict=True)]


if __name__ == "__main__":
    run_app(main)
