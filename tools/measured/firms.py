"""Tables of economies of firms: Krusell-Smith methods, with one choice and with branches."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable

from hetkeras.report.studies.cases import read_published
from tools.measured.markdown import Row, line, markdown, percent, read_measured

BRANCH_MOMENTS = {
    "sd": ("output", "investment", "labor", "consumption"),
    "correlation": ("investment", "labor", "consumption"),
}
BETWEEN = (
    ("reference_", "", "exact choices at its rules", 4),
    ("", "_paths", "mean of further paths", 4),
    ("", "_paths_sd", "sd between them", 2),
)
"""Columns beside the moments of one path: before and after their name, in words, and digits."""


def firms() -> str:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read_measured("khan_thomas.csv"):
        groups[row["group"], row["description"]].append(row)
    lines = [
        "Khan and Thomas on Terry's shocks, seeds that ended (`hetkeras table yokomoto_2026_khan_thomas`):",
        "",
    ]
    names = (
        *("sd_output", "sd_investment", "inaction", "den_haan_price_max", "den_haan_mean_capital_max"),
        *("bellman_error_demeaned", "reference_gap_price", "reference_gap_mean_capital"),
    )
    header = ("solves", "sd Y", "sd I", "inaction", "Den Haan p", "Den Haan K'", "Bellman", "gap p", "gap K")
    lines += markdown(("method", "", *header))
    for (group, description), rows in groups.items():
        right = sum(row["converged"] == "True" for row in rows)
        ended = [row for row in rows if row[names[0]]]
        stopped = f", {len(rows) - len(ended)} stopped" if len(ended) < len(rows) else ""
        means = [statistics.mean(float(row[name]) for row in ended) for name in names]
        shown = [f"{mean:.4g}" for mean in means[:3]] + [percent(mean) for mean in means[3:]]
        lines.append(line((group, description, f"{right}/{len(rows)} right{stopped}", *shown)))
    return "\n".join(lines)


def speed() -> str:
    lines = ["Both methods in one run on two cores (`make benchmark`); gaps are to refined grids:", ""]
    header = ("method", "compile", "solve", "rounds", "2,500 periods", "gap K", "gap p")
    lines += markdown(header)
    for row in read_measured("benchmark_khan_thomas.csv"):
        seconds = [f"{float(row[name]):.3g} s" for name in ("compile_s", "solve_s")]
        gaps = [percent(float(row[name])) for name in ("gap_mean_capital", "gap_price")]
        simulation = f"{float(row['simulation_s']):.2g} s"
        lines.append(line((row["method"], *seconds, row["rounds"], simulation, *gaps)))
    return "\n".join(lines)


def branches() -> str:
    names = [f"{what}_{aggregate}" for what, aggregates in BRANCH_MOMENTS.items() for aggregate in aggregates]
    lines = [
        "Firms that adjust capital and labor, 5,000 quarters (`hetkeras table yokomoto_2026_bloom`): standard "
        "deviations (%) and correlations with output, means over seeds; published numbers are of other shocks:",
        "",
        *markdown(("", "sd Y", "sd I", "sd N", "sd C", "corr I", "corr N", "corr C", "solve", "right")),
    ]
    papers = {(row["statistic"], row["method"]): row["value"] for row in read_published("yokomoto_2026_bloom")}
    for method in ("KS", "NN-KS"):
        minutes = f"{float(papers['total_minutes', method]):,.0f} min"
        lines.append(line((f"{method}, published", *(papers[name, method] for name in names), minutes, "")))
    cases = _branch_cases()
    for (group, description), rows in cases.items():
        minutes = f"{_mean(rows, 'solve_seconds') / 60:.0f} min"
        shown = [f"{_mean(rows, name):.4g}" for name in names]
        lines.append(line((f"{group}, hetkeras, {description}", *shown, minutes, _right(rows))))
    for (group, description), rows in cases.items():
        for prefix, suffix, words, digits in BETWEEN:
            found = [_mean(rows, f"{prefix}{name}{suffix}") for name in names]
            if not any(map(math.isnan, found)):
                lines.append(line((f"{group}, {description}: {words}", *(f"{x:.{digits}g}" for x in found), "", "")))
        if len(rows) > 1:
            spread = [statistics.stdev(float(row[f"{name}_paths"]) for row in rows) for name in names]
            words = f"sd of these means over {len(rows)} seeds"
            lines.append(line((f"{group}, {description}: {words}", *(f"{x:.2g}" for x in spread), "", "")))
    return "\n".join([*lines, "", *_branch_accuracy(cases)])


def _branch_cases() -> dict[tuple[str, str], list[Row]]:
    """Rows of each case, one a seed."""
    cases: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read_measured("bloom.csv"):
        if row["table"] == "bloom":
            cases[row["group"], row["description"]].append(row)
    return cases


def _mean(rows: list[Row], name: str) -> float:
    """Over seeds; NaN where it was not measured."""
    return statistics.mean(float(row[name] or "nan") for row in rows)


def _right(rows: list[Row]) -> str:
    right = sum(row["converged"] == "True" for row in rows)
    return f"{right} of {len(rows)}" if len(rows) > 1 else ("yes" if right else "no")


def _branch_accuracy(cases: dict[tuple[str, str], list[Row]]) -> list[str]:
    header = (
        "",
        "Den Haan p, max",
        "mean",
        "Den Haan K', max",
        "mean",
        "in the right branch",
        "value lost wrongly, median",
    )
    lines = markdown((*header, "99th percentile", "gap K", "gap p"))
    for (group, description), rows in cases.items():
        errors = [f"den_haan_{name}_{what}" for name in ("price", "mean_capital") for what in ("max", "mean")]
        shown = [_written(percent, _mean(rows, name)) for name in errors]
        shown.append(_written(lambda share: f"{100 * share:.2f} %", _mean(rows, "classified")))
        shown += [_written("{:.2g}".format, _mean(rows, name)) for name in ("value_off_q50", "value_off_q99")]
        shown += [_written(percent, _mean(rows, f"reference_gap_{name}")) for name in ("mean_capital", "price")]
        lines.append(line((f"{group}, hetkeras, {description}", *shown)))
    return lines


def _written(write: Callable[[float], str], number: float) -> str:
    return "" if math.isnan(number) else write(number)


def architectures() -> str:
    lines = [
        "Branches by the networks' size, at fixed rules, after as many steps each (none is converged):",
        "",
    ]
    header = ("in the right branch", "published", "value lost by a firm")
    lines += markdown(("nodes x layers", "method", *header))
    papers = {row["statistic"]: row["value"] for row in read_published("yokomoto_2026_bloom")}
    for row in read_measured("bloom.csv"):
        if row["table"] == "architectures":
            published = papers.get(f"classified_{row['description'].replace(' ', '')}")
            right = f"{100 * float(row['classified']):.2f} %", f"{published} %" if published else ""
            lost = f"{float(row['value_lost_firms']):.2g}"
            lines.append(line((row["description"], row["group"], *right, lost)))
    return "\n".join(lines)


def growth() -> str:
    found = read_measured("benchmark_bloom.csv")
    lines = [
        f"{found[0]['periods']} quarters as the histogram of firms grows, one run (`tools/benchmark_bloom.py`):",
        "",
    ]
    lines += markdown(("method", "points", "seconds", "over the smallest", "memory"))
    for row in found:
        seconds, ratio = f"{float(row['simulation_s']):.3g}", f"{float(row['times_smallest']):.2g}"
        points, memory = f"{float(row['histogram_points']):,.0f}", f"{float(row['memory_mib']) / 1024:.2g} GiB"
        lines.append(line((row["method"], points, seconds, ratio, memory)))
    return "\n".join(lines)
