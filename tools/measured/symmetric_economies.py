"""Tables of symmetric economies: the right root, time to accuracy, what ships."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict

from tools.measured.markdown import ROOT, Row, line, markdown, percent, read_measured


def roots() -> str:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read_measured("right_root.csv"):
        groups[row["group"], row["description"]].append(row)
    lines = [
        "Twenty seeds of each network, N = 128, one core a solve (`hetkeras table right_root`):",
        "",
    ]
    lines += markdown(("network", "", "right policy", "error, median", "error, worst", "training, median"))
    for (group, description), rows in groups.items():
        right = sum(row["converged"] == "True" for row in rows)
        errors = [float(row["policy_error_mean"] or "inf") for row in rows]
        seconds = statistics.median(float(row["train_seconds"] or "inf") for row in rows)
        numbers = (
            f"{right}/{len(rows)}",
            percent(statistics.median(errors)),
            percent(max(errors)),
            f"{seconds:.1f} s",
        )
        lines.append(line((group, description, *numbers)))
    return "\n".join(lines)


def one_draw() -> str:
    lines = [
        "The linear regulator with one draw of all firms' shocks instead of their mean, error of its policy at rest "
        "(`python -m tools.one_draw --csv=docs/measured/one_draw.csv`):",
        "",
        *markdown(("firms", "draws", "error, mean", "by the normal law", "error, 95th percentile")),
    ]
    for row in read_measured("one_draw.csv"):
        mean, predicted, worst = (percent(float(row[name])) for name in ("error_mean", "predicted_mean", "error_q95"))
        lines.append(line((f"{int(row['num_firms']):,}", row["draws"], mean, predicted, worst)))
    return "\n".join(lines)


def double_descent() -> str:
    first, *_ = rows = read_measured("double_descent.csv")
    lines = [
        f"The policy of the linear regulator from {first['states']} states with one draw each, by random features of "
        "smallest norm, errors over the action at rest, medians over "
        f"{first['seeds']} data sets (`python -m tools.double_descent --csv=docs/measured/double_descent.csv`):",
        "",
        *markdown(("coefficients", "error at the data", "error at other states")),
    ]
    for row in rows:
        fitted, tested = float(row["train_error"]), float(row["test_error"])
        lines.append(line((f"{int(row['coefficients']):,}", percent(fitted), percent(tested))))
    return "\n".join(lines)


def benchmark() -> str:
    lines = [
        "Time to an error of .1 % after compilation, two cores, fewer paths a step the larger N (`make benchmark`):",
        "",
    ]
    lines += markdown(("network", "firms", "steps", "seconds", "ms a step", "error after 600 steps"))
    for row in read_measured("benchmark_investment.csv"):
        reached = row["seconds_to_0.1%"]
        seconds = f"{float(reached):.2g}" if reached else "never"
        pace, error = f"{float(row['ms_a_step']):.2g}", percent(float(row["final_error"]))
        numbers = (row["steps_to_0.1%"] or "never", seconds, pace, error)
        lines.append(line((row["network"], row["firms"], *numbers)))
    return "\n".join(lines)


def shipped() -> str:
    lines = ["Shipped in `exported_models/` (`make models`), errors against closed form or collocation:", ""]
    lines += markdown(("model", "nu", "firms", "policy error, mean", "largest", "present-value gap"))
    for asset in sorted((ROOT / "exported_models").glob("*/assets/hetkeras.json")):
        metadata = json.loads(asset.read_text(encoding="utf-8"))
        calibration, measured = metadata["calibration"], metadata["measured"]
        if metadata["model"] != "Investment":
            continue
        errors = (measured[name] for name in ("policy_error_mean", "policy_error_max", "present_value_gap_mean"))
        name, nu, firms = asset.parts[-3], calibration["demand_curvature"], calibration["num_firms"]
        lines.append(line((f"`{name}`", f"{nu:g}", str(firms), *map(percent, errors))))
    return "\n".join(lines)


def reproduction() -> str:
    """How long the solves of the paper's tables train."""
    rows = read_measured("kahou_2022.csv")
    seconds = [float(row["train_seconds"]) for row in rows]
    right = sum(row["converged"] == "True" for row in rows)
    return (
        f"A seed is {len(rows)} solves, of which {right} are right at last count. They trained for "
        f"{sum(seconds) / 60:.0f} minutes of one core together, {max(seconds):.0f} s the longest; compiling and "
        "measuring take longer than that, and all of it is shared among the cores."
    )
