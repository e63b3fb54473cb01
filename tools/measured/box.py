"""The table of one solve for a box of calibrations: errors at hidden ones, and time beside an ordinary solve."""

from __future__ import annotations

import statistics

from tools.measured.markdown import line, markdown, percent, read_measured


def box() -> str:
    """Medians over seeds with the worst seed beside."""
    rows = read_measured("benchmark_box.csv")
    by_model = {row["model"]: [each for each in rows if each["model"] == row["model"]] for row in rows}
    lines = [
        "Medians over seeds (the worst). Errors are distances of the policy to the exact one, for nu = 1.5 "
        "to the collocation, at calibrations that training did not know (`python -m tools.benchmark_box`):",
        "",
        *markdown(("model", "seeds", "calibrations", "mean error", "largest error", "time, in ordinary solves")),
    ]
    for model, found in by_model.items():
        errors = (_spread([float(row[name]) for row in found]) for name in ("error_mean", "error_worst"))
        ratios = [float(row["seconds"]) / float(row["seconds_of_one"]) for row in found]
        count = min(int(row["calibrations"]) for row in found)
        ratio = f"{statistics.median(ratios):.2g} ({max(ratios):.2g})"
        lines.append(line((model, str(len(found)), str(count), *errors, ratio)))
    return "\n".join(lines)


def _spread(errors: list[float]) -> str:
    return f"{percent(statistics.median(errors))} ({percent(max(errors))})"
