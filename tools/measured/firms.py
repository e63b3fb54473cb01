"""Tables of economies of firms: Krusell-Smith methods, with one choice and with branches."""

from __future__ import annotations

import statistics
from collections import defaultdict

from hetkeras.report.studies.cases import read_published
from tools.measured.markdown import Row, line, markdown, percent, read_measured

BRANCH_MOMENTS = {
    "sd": ("output", "investment", "labor", "consumption"),
    "correlation": ("investment", "labor", "consumption"),
}
BETWEEN = (("", "_paths", "mean of further paths"), ("", "_paths_sd", "sd between them"))


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
        "deviations (%) and correlations with output; published numbers are of other shocks:",
        "",
        *markdown(("", "sd Y", "sd I", "sd N", "sd C", "corr I", "corr N", "corr C", "solve", "right")),
    ]
    papers = {(row["statistic"], row["method"]): row["value"] for row in read_published("yokomoto_2026_bloom")}
    for method in ("KS", "NN-KS"):
        minutes = f"{float(papers['total_minutes', method]):,.0f} min"
        lines.append(line((f"{method}, published", *(papers[name, method] for name in names), minutes, "")))
    rows = [row for row in read_measured("bloom.csv") if row["table"] == "bloom"]
    for row in rows:
        shown = [f"{float(row[name]):.4g}" for name in names]
        minutes, verdict = f"{float(row['solve_seconds']) / 60:.0f} min", "yes" if row["converged"] == "True" else "no"
        lines.append(line((f"{row['group']}, hetkeras, {row['description']}", *shown, minutes, verdict)))
    for row in rows:
        for prefix, suffix, words in (("reference_", "", "exact choices at its rules, finer nodes"), *BETWEEN):
            shown = [row[f"{prefix}{name}{suffix}"] for name in names]
            if all(shown):
                lines.append(
                    line(
                        (
                            f"{row['group']}, {row['description']}: {words}",
                            *(f"{float(x):.2g}" if suffix == "_paths_sd" else f"{float(x):.4g}" for x in shown),
                            "",
                            "",
                        )
                    )
                )
    return "\n".join([*lines, "", *_branch_accuracy(rows)])


def _branch_accuracy(rows: list[Row]) -> list[str]:
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
    for row in rows:
        errors = [f"den_haan_{name}_{what}" for name in ("price", "mean_capital") for what in ("max", "mean")]
        judged = [row[name] for name in ("classified", "value_off_q50", "value_off_q99")]
        written = (
            [f"{100 * float(judged[0]):.2f} %", *(f"{float(x):.2g}" for x in judged[1:])] if judged[0] else [""] * 3
        )
        gaps = [row[f"reference_gap_{name}"] for name in ("mean_capital", "price")]
        shown = [percent(float(row[name])) for name in errors], [percent(float(gap)) if gap else "" for gap in gaps]
        lines.append(line((f"{row['group']}, hetkeras, {row['description']}", *shown[0], *written, *shown[1])))
    return lines


def architectures() -> str:
    lines = ["Branches by the networks' size, at fixed rules and after the same number of steps:", ""]
    header = ("in the right branch", "published", "value lost by a firm", "solve")
    lines += markdown(("nodes x layers", "method", *header))
    papers = {row["statistic"]: row["value"] for row in read_published("yokomoto_2026_bloom")}
    for row in read_measured("bloom.csv"):
        if row["table"] == "architectures":
            published = papers.get(f"classified_{row['description'].replace(' ', '')}")
            right = f"{100 * float(row['classified']):.2f} %", f"{published} %" if published else ""
            lost, seconds = f"{float(row['value_lost_firms']):.2g}", f"{float(row['solve_seconds']):.0f} s"
            lines.append(line((row["description"], row["group"], *right, lost, seconds)))
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
