"""The table of values with a horizon: seconds and errors by problem."""

from __future__ import annotations

from collections import defaultdict

from tools.measured.markdown import Row, line, markdown, percent, read_measured

NAMES = {"lq_control": "HJB-LQ", "allen_cahn": "Allen-Cahn", "default_risk": "default risk"}


def benchmark() -> str:
    groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in read_measured("benchmark_horizon.csv"):
        groups[row["problem"], int(row["states"])].append(row)
    lines = [
        "Training after compilation, processor seconds of one core, the mean over seeds; errors of the value at the "
        "initial state by seed (`python -m tools.benchmark_horizon`):",
        "",
    ]
    lines += markdown(("problem", "states", "seconds", "compilation", "values", "exact", "errors"))
    for (problem, states), rows in sorted(groups.items(), key=lambda each: (list(NAMES).index(each[0][0]), each[0][1])):
        seconds, compiled = (sum(float(row[name]) for row in rows) / len(rows) for name in ("seconds", "compile_s"))
        values = " / ".join(f"{float(row['value']):.5g}" for row in rows)
        exact = f"{float(rows[0]['exact']):.6g}" if rows[0]["exact"] else "not known"
        errors = " / ".join(percent(float(row["error"])) for row in rows if row["error"])
        lines.append(line((NAMES[problem], str(states), f"{seconds:.2g}", f"{compiled:.1f}", values, exact, errors)))
    return "\n".join(lines)
