"""Tables of binary states: export destinations and links between sectors."""

from __future__ import annotations

import statistics
from collections import defaultdict

from hetkeras.report.studies.cases import read_published
from tools.measured.markdown import Row, line, markdown, percent, read_measured


def exporters() -> str:
    lines = [
        "Export entry, one core a solve (`hetkeras table huang_yu_2024_export`): root mean square errors against "
        "exact values where there are any; the paper's losses for comparison:",
        "",
    ]
    return "\n".join(lines + _against_exact("export_entry.csv", "destinations", "value_error_rms"))


def networks() -> str:
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


def paper_biases() -> str:
    lines = [
        "Values of the losses as printed and mended, against exact ones, root mean square over the range of these "
        "(`python -m tools.paper_biases --csv=docs/measured/paper_biases.csv`):",
        "",
        *markdown(
            ("sectors", "losses", "error", "least squares say", "of the divisor alone", "way to frozen", "right")
        ),
    ]
    for row in read_measured("paper_biases.csv"):
        error, said, divisor, way, right = (
            percent(float(row[name]))
            for name in ("error_rms", "predicted_rms", "divisor_rms", "to_frozen", "decisions_right")
        )
        lines.append(line((row["sectors"], row["losses"], error, said, divisor, way, right)))
    return "\n".join(lines)


def paper_tables() -> str:
    rows = read_measured("paper_tables.csv")
    first = rows[0]
    lines = [
        f"Losses over V² on fresh paths, policies as shipped (`python -m tools.paper_tables "
        f"--csv=docs/measured/paper_tables.csv`), Delta {first['step']} and T {float(first['horizon']):g} years. "
        "The paper states neither, nor its parameters, so that the columns do not compare:",
        "",
        *markdown(
            ("table", "policy", "paths", "loss", "analytic", "probabilistic", "theirs, analytic", "probabilistic")
        ),
    ]
    for row in rows:
        file = f"huang_yu_2024_{row['table'].replace(' ', '').lower()}"
        theirs = next(each for each in read_published(file) if each["statistic"] == row["statistic"])
        ours = (f"{float(row[kind]):.2e}" for kind in ("analytic", "probabilistic"))
        printed = (f"{float(theirs[kind]):.2e}" for kind in ("analytic", "probabilistic"))
        lines.append(line((row["table"], f"`{row['policy']}`", row["paths"], row["statistic"], *ours, *printed)))
    return "\n".join(lines)


def exchangeable() -> str:
    lines = [
        "Destinations that are all alike at other calibrations, quick networks; errors over the root mean square of "
        "the exact value (`python -m tools.exchangeable_cases --csv=docs/measured/exchangeable.csv`):",
        "",
        *markdown(("case", "training", "error, rms", "largest", "level", "shape, rms", "processor time")),
    ]
    for row in read_measured("exchangeable.csv"):
        numbers = (percent(float(row[name])) for name in ("error_rms", "error_max", "level", "shape_rms"))
        lines.append(line((row["case"], row["training"], *numbers, f"{float(row['seconds']):.0f} s")))
    return "\n".join(lines)


def destinations() -> str:
    lines = ["More destinations, all alike, two cores, 1,000 steps (`make benchmark`):", ""]
    lines += markdown(("destinations", "compile", "ms a step", "over the first row", "to 1 %", "error in the end"))
    for row in read_measured("benchmark_export_entry.csv"):
        compilation, pace, ratio = (f"{float(row[name]):.2g}" for name in ("compile_s", "ms_a_step", "ratio"))
        reached = f"{float(row['seconds_to_1%']):.2g} s" if row["seconds_to_1%"] else "never"
        error = percent(float(row["final_error"]))
        lines.append(line((row["destinations"], f"{compilation} s", pace, ratio, reached, error)))
    return "\n".join(lines)


def sectors() -> str:
    lines = ["A step of training with more sectors, synthetic tables, one run (`make benchmark`):", ""]
    lines += markdown(("sectors", "binary states", "processor time a step", "over the first row", "memory, at most"))
    for row in read_measured("benchmark_production_network.csv"):
        pace, ratio = f"{float(row['processor_ms_a_step']):.3g} ms", f"{float(row['ratio']):.2g}"
        memory = f"{float(row['memory_mib']) / 1024:.2g} GiB"
        lines.append(line((row["sectors"], f"{int(row['binary_states']):,}", pace, ratio, memory)))
    return "\n".join(lines)


def long_run() -> str:
    row = read_measured("benchmark_firms.csv")[0]
    return (
        f"Simulation from the SavedModel (`tools/benchmark_firms.py`): {int(row['firms']):,} firms with "
        f"{row['destinations']} destinations for {float(row['years']):,.0f} years in steps of {float(row['span']):g} "
        f"take {float(row['seconds']):.0f} s on two cores."
    )
