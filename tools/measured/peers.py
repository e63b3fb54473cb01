"""The table of work beside its peers: seconds to an error and in all, errors in the end, and spreads over seeds."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict

from tools.measured.markdown import Row, line, markdown, percent, read_measured

NAMES = {
    "export_entry:10": "10 destinations, value",
    "export_entry:100": "100 destinations, value",
    "investment:128": "128 firms, policy",
    "lq_control:100": "HJB-LQ in 100 states, value at the start",
}


def peers() -> str:
    """Medians over seeds with the worst seed beside; the ratio is of seconds to the target, ours being 1."""
    groups: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in read_measured("benchmark_peers.csv"):
        groups[row["work"]][row["method"]].append(row)
    seeds = max(len(rows) for methods in groups.values() for rows in methods.values())
    lines = [
        f"Median of {seeds} seeds (the worst), processor seconds of one core after compilation (`make benchmark`). An "
        "error counts as reached when it stays so; where it never is, the ratio is of all seconds:",
        "",
    ]
    lines += markdown(("work", "target", "method", "seconds to it", "ratio", "seconds in all", "error in the end"))
    for work, methods in groups.items():
        ours = None
        for method, rows in methods.items():
            reached = [float(row["seconds_to_target"] or math.inf) for row in rows]
            spent = [float(row["seconds"]) for row in rows]
            errors = [float(row["error"]) for row in rows]
            typical = statistics.median(reached)
            lasted = typical if math.isfinite(typical) else statistics.median(spent)
            ours = lasted if ours is None else ours
            ratio = f"{'' if math.isfinite(typical) else 'over '}{lasted / ours:.2g}"
            target = percent(float(rows[0]["target"]))
            cells = _spread(reached), ratio, _spread(spent), _errors(errors)
            lines.append(line((NAMES.get(work, work), target, method, *cells)))
    return "\n".join(lines)


def _spread(seconds: list[float]) -> str:
    typical, worst = ("never" if math.isinf(each) else f"{each:.2g}" for each in (_middle(seconds), max(seconds)))
    return typical if typical == worst else f"{typical} ({worst})"


def _errors(errors: list[float]) -> str:
    return f"{percent(_middle(errors))} ({percent(max(errors))})"


def _middle(numbers: list[float]) -> float:
    return statistics.median(numbers)
