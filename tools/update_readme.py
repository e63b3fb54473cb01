"""Writes the README's numbers from the files in docs/measured/ and from the shipped models.

Example:
  python -m tools.update_readme
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict

from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_text
from tools.readme_firms import architectures, branches, firms, growth, speed
from tools.readme_markdown import ROOT, Row, line, markdown, percent, read_measured


def main(argv: list[str]) -> None:
    del argv
    path = ROOT / "README.md"
    write_text(path, updated(path.read_text(encoding="utf-8")))
    print(f"written: {path}")


def updated(readme: str) -> str:
    """Returns the README with every block between markers made anew."""
    measured = (
        firms(),
        speed(),
        branches(),
        architectures(),
        growth(),
        _exporters(),
        _destinations(),
        _networks(),
        _sectors(),
        _long_run(),
        _roots(),
        _benchmark(),
        _shipped(),
    )
    blocks = {"solve": _solve(), "measured": "\n\n".join(measured)}
    for name, block in blocks.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, rest = readme.split(begin)
        readme = f"{before}{begin}\n{block}\n{end}{rest.split(end)[1]}"
    return readme


def _solve() -> str:
    rows = [list(row.values()) for row in read_measured("quick_checks.csv")]
    rows = [[name, f"{float(measured):.4g}", *rest] for name, measured, *rest in rows]
    return "```text\n" + table(("check", "measured", "expected", "verdict"), rows) + "\n```"


def _exporters() -> str:
    lines = [
        "Export entry, one core a solve (`hetkeras table huang_yu_2024_export`): root mean square errors against "
        "exact values where there are any; the paper's losses for comparison:",
        "",
    ]
    return "\n".join(lines + _against_exact("export_entry.csv", "destinations", "value_error_rms"))


def _networks() -> str:
    lines = [
        "Links between sectors, one core a solve (`hetkeras table huang_yu_2024_network`): root mean square errors "
        "in consumption, relative to what forming links at all is worth, which is little:",
        "",
    ]
    return "\n".join(lines + _against_exact("network.csv", "sectors", "option_error_rms"))


def _against_exact(file: str, what: str, error: str) -> list[str]:
    """Lines of a table with the errors of a study's solves, one line a case."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read_measured(file):
        groups[row["group"], row["description"]].append(row)
    header = ("solves", "right", "error, median", "error, worst", "decisions right, lowest", "HJB residual", "training")
    lines = markdown((what, *header))
    for (group, description), rows in groups.items():
        right = sum(row["converged"] == "True" for row in rows)
        errors, decisions, residuals, seconds = (
            [float(row[name]) for row in rows if row[name]]
            for name in (error, "decisions_right", "residual_own_rms", "train_seconds")
        )
        exact = (percent(statistics.median(errors)), percent(max(errors))) if errors else ("no exact value", "")
        lowest = f"{100 * min(decisions):.1f} %" if decisions else ""
        numbers = (*exact, lowest, percent(statistics.median(residuals)), f"{statistics.median(seconds):.0f} s")
        lines.append(line((group, description, f"{right}/{len(rows)}", *numbers)))
    return lines


def _destinations() -> str:
    lines = ["More destinations, all alike, two cores, 1,000 steps (`make benchmark`):", ""]
    lines += markdown(("destinations", "compile", "ms a step", "over the first row", "to 1 %", "error in the end"))
    for row in read_measured("benchmark_export_entry.csv"):
        compilation, pace, ratio = (f"{float(row[name]):.2g}" for name in ("compile_s", "ms_a_step", "ratio"))
        reached = f"{float(row['seconds_to_1%']):.2g} s" if row["seconds_to_1%"] else "never"
        error = percent(float(row["final_error"]))
        lines.append(line((row["destinations"], f"{compilation} s", pace, ratio, reached, error)))
    return "\n".join(lines)


def _sectors() -> str:
    lines = ["A step of training with more sectors, synthetic tables, one run (`make benchmark`):", ""]
    lines += markdown(("sectors", "binary states", "processor time a step", "over the first row", "memory, at most"))
    for row in read_measured("benchmark_production_network.csv"):
        pace, ratio = f"{float(row['processor_ms_a_step']):.3g} ms", f"{float(row['ratio']):.2g}"
        memory = f"{float(row['memory_mib']) / 1024:.2g} GiB"
        lines.append(line((row["sectors"], f"{int(row['binary_states']):,}", pace, ratio, memory)))
    return "\n".join(lines)


def _long_run() -> str:
    row = read_measured("benchmark_firms.csv")[0]
    return (
        f"Simulation from the SavedModel (`tools/benchmark_firms.py`): {int(row['firms']):,} firms with "
        f"{row['destinations']} destinations for {float(row['years']):,.0f} years in steps of {float(row['span']):g} "
        f"take {float(row['seconds']):.0f} s on two cores."
    )


def _roots() -> str:
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


def _benchmark() -> str:
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


def _shipped() -> str:
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


if __name__ == "__main__":
    run_app(main)
