"""The table of sweeps whose workers are killed."""

from __future__ import annotations

from tools.measured.markdown import line, markdown, read_measured


def sweep() -> str:
    """A row for each engine and number of kills."""
    rows = read_measured("benchmark_sweep.csv")
    lines = [
        f"{rows[0]['cases']} tiny solves on 2 workers, beside one after another in one process "
        "(`python -m tools.benchmark_sweep`). Overhead is processor time of the sweep and of workers between cases, "
        "over that of the cases; starts of processes are apart:",
        "",
        *markdown(("engine", "kills", "table of the serial sweep", "begun again", "of them not killed", "overhead")),
    ]
    for row in rows:
        same = "equal, to the byte" if row["same_table"] == "True" else "not equal"
        same = "itself" if row["engine"] == "serial" else same
        overhead = f"{100 * float(row['overhead']):.1f} %"
        cells = (row["engine"], row["kills"], same, row["begun_again"], row["of_them_not_killed"], overhead)
        lines.append(line(cells))
    return "\n".join(lines)
