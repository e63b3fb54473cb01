"""Writes the README's numbers from the files in docs/measured/ and from the shipped models.

Example:
  python -m tools.update_readme
"""

from __future__ import annotations

import csv
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from apps.common import run_app, table
from hetkeras.files import write_text
from hetkeras.report.study_cases import read_published

ROOT = Path(__file__).parent.parent
MEASURED = ROOT / "docs" / "measured"
Row = dict[str, str]
BRANCH_MOMENTS = {
    "sd": ("output", "investment", "labor", "consumption"),
    "correlation": ("investment", "labor", "consumption"),
}
BETWEEN = (("", "_paths", "mean of further paths"), ("", "_paths_sd", "sd between them"))


def main(argv: list[str]) -> None:
    del argv
    path = ROOT / "README.md"
    write_text(path, updated(path.read_text(encoding="utf-8")))
    print(f"written: {path}")


def updated(readme: str) -> str:
    """Returns the README with every block between markers made anew."""
    measured = (
        _firms(),
        _speed(),
        _branches(),
        _architectures(),
        _growth(),
        _exporters(),
        _destinations(),
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
    rows = [list(row.values()) for row in _read("quick_checks.csv")]
    rows = [[name, f"{float(measured):.4g}", *rest] for name, measured, *rest in rows]
    return "```text\n" + table(("check", "measured", "expected", "verdict"), rows) + "\n```"


def _firms() -> str:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _read("khan_thomas.csv"):
        groups[row["group"], row["description"]].append(row)
    lines = [
        "Khan and Thomas on Terry's shocks, seeds that ended (`apps/tables/yokomoto_2026_khan_thomas.json`):",
        "",
    ]
    names = ("sd_output", "sd_investment", "inaction", "den_haan_price_max", "den_haan_mean_capital_max")
    names += ("bellman_error_demeaned", "reference_gap_price", "reference_gap_mean_capital")
    header = ("solves", "sd Y", "sd I", "inaction", "Den Haan p", "Den Haan K'", "Bellman", "gap p", "gap K")
    lines += _markdown(("method", "", *header))
    for (group, description), rows in groups.items():
        right = sum(row["converged"] == "True" for row in rows)
        ended = [row for row in rows if row[names[0]]]
        stopped = f", {len(rows) - len(ended)} stopped" if len(ended) < len(rows) else ""
        means = [statistics.mean(float(row[name]) for row in ended) for name in names]
        shown = [f"{mean:.4g}" for mean in means[:3]] + [_percent(mean) for mean in means[3:]]
        lines.append(_row((group, description, f"{right}/{len(rows)} right{stopped}", *shown)))
    return "\n".join(lines)


def _speed() -> str:
    lines = ["Both methods in one run on two cores (`make benchmark`); gaps are to refined grids:", ""]
    header = ("method", "compile", "solve", "rounds", "2,500 periods", "gap K", "gap p")
    lines += _markdown(header)
    for row in _read("benchmark_khan_thomas.csv"):
        seconds = [f"{float(row[name]):.3g} s" for name in ("compile_s", "solve_s")]
        gaps = [_percent(float(row[name])) for name in ("gap_mean_capital", "gap_price")]
        simulation = f"{float(row['simulation_s']):.2g} s"
        lines.append(_row((row["method"], *seconds, row["rounds"], simulation, *gaps)))
    return "\n".join(lines)


def _branches() -> str:
    names = [f"{what}_{aggregate}" for what, aggregates in BRANCH_MOMENTS.items() for aggregate in aggregates]
    lines = [
        "Firms that adjust capital and labour, 5,000 quarters (`apps/tables/yokomoto_2026_bloom.json`): standard "
        "deviations (%) and correlations with output; published numbers are of other shocks:",
        "",
        *_markdown(("", "sd Y", "sd I", "sd N", "sd C", "corr I", "corr N", "corr C", "solve", "right")),
    ]
    papers = {(row["statistic"], row["method"]): row["value"] for row in read_published("yokomoto_2026_bloom")}
    for method in ("KS", "NN-KS"):
        minutes = f"{float(papers['total_minutes', method]):,.0f} min"
        lines.append(_row((f"{method}, published", *(papers[name, method] for name in names), minutes, "")))
    rows = [row for row in _read("bloom.csv") if row["table"] == "bloom"]
    for row in rows:
        shown = [f"{float(row[name]):.4g}" for name in names]
        minutes, verdict = f"{float(row['solve_seconds']) / 60:.0f} min", "yes" if row["converged"] == "True" else "no"
        lines.append(_row((f"{row['group']}, hetkeras", *shown, minutes, verdict)))
    for row in rows:
        for prefix, suffix, words in (("reference_", "", "exact choices at its rules, finer nodes"), *BETWEEN):
            shown = [row[f"{prefix}{name}{suffix}"] for name in names]
            if all(shown):
                lines.append(
                    _row(
                        (
                            f"{row['group']}: {words}",
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
    lines = _markdown((*header, "99th percentile", "gap K", "gap p"))
    for row in rows:
        errors = [f"den_haan_{name}_{what}" for name in ("price", "mean_capital") for what in ("max", "mean")]
        judged = [row[name] for name in ("classified", "value_off_q50", "value_off_q99")]
        written = (
            [f"{100 * float(judged[0]):.2f} %", *(f"{float(x):.2g}" for x in judged[1:])] if judged[0] else [""] * 3
        )
        gaps = [row[f"reference_gap_{name}"] for name in ("mean_capital", "price")]
        shown = [_percent(float(row[name])) for name in errors], [_percent(float(gap)) if gap else "" for gap in gaps]
        lines.append(_row((f"{row['group']}, hetkeras", *shown[0], *written, *shown[1])))
    return lines


def _architectures() -> str:
    lines = ["Branches by the networks' size, at fixed rules and after the same number of steps:", ""]
    lines += _markdown(("nodes x layers", "in the right branch", "published", "value lost by a firm", "solve"))
    papers = {row["statistic"]: row["value"] for row in read_published("yokomoto_2026_bloom")}
    for row in _read("bloom.csv"):
        if row["table"] == "architectures":
            published = papers.get(f"classified_{row['description'].replace(' ', '')}")
            right = f"{100 * float(row['classified']):.2f} %", f"{published} %" if published else ""
            seconds = f"{float(row['solve_seconds']):.0f} s"
            lines.append(_row((row["description"], *right, f"{float(row['value_lost_firms']):.2g}", seconds)))
    return "\n".join(lines)


def _growth() -> str:
    found = _read("benchmark_bloom.csv")
    lines = [
        f"{found[0]['periods']} quarters as the histogram of firms grows, one run (`tools/benchmark_bloom.py`):",
        "",
    ]
    lines += _markdown(("method", "points", "seconds", "over the smallest", "memory"))
    for row in found:
        seconds, ratio = f"{float(row['simulation_s']):.3g}", f"{float(row['times_smallest']):.2g}"
        points, memory = f"{float(row['histogram_points']):,.0f}", f"{float(row['memory_mib']) / 1024:.2g} GiB"
        lines.append(_row((row["method"], points, seconds, ratio, memory)))
    return "\n".join(lines)


def _exporters() -> str:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _read("export_entry.csv"):
        groups[row["group"], row["description"]].append(row)
    lines = [
        "Export entry, one core a solve (`apps/tables/huang_yu_2024_export.json`): root mean square errors against "
        "exact values where there are any; the paper's losses for comparison:",
        "",
    ]
    header = ("solves", "right", "error, median", "error, worst", "decisions right, lowest", "HJB residual", "training")
    lines += _markdown(("destinations", *header))
    for (group, description), rows in groups.items():
        right = sum(row["converged"] == "True" for row in rows)
        errors, decisions, residuals, seconds = (
            [float(row[name]) for row in rows if row[name]]
            for name in ("value_error_rms", "decisions_right", "residual_own_rms", "train_seconds")
        )
        exact = (_percent(statistics.median(errors)), _percent(max(errors))) if errors else ("no exact value", "")
        lowest = f"{100 * min(decisions):.1f} %" if decisions else ""
        numbers = (*exact, lowest, _percent(statistics.median(residuals)), f"{statistics.median(seconds):.0f} s")
        lines.append(_row((group, description, f"{right}/{len(rows)}", *numbers)))
    return "\n".join(lines)


def _destinations() -> str:
    lines = ["More destinations, all alike, two cores, 1,000 steps (`make benchmark`):", ""]
    lines += _markdown(("destinations", "compile", "ms a step", "over the first row", "to 1 %", "error in the end"))
    for row in _read("benchmark_export_entry.csv"):
        compilation, pace, ratio = (f"{float(row[name]):.2g}" for name in ("compile_s", "ms_a_step", "ratio"))
        reached = f"{float(row['seconds_to_1%']):.2g} s" if row["seconds_to_1%"] else "never"
        error = _percent(float(row["final_error"]))
        lines.append(_row((row["destinations"], f"{compilation} s", pace, ratio, reached, error)))
    return "\n".join(lines)


def _long_run() -> str:
    row = _read("benchmark_firms.csv")[0]
    return (
        f"Simulation from the SavedModel (`tools/benchmark_firms.py`): {int(row['firms']):,} firms with "
        f"{row['destinations']} destinations for {float(row['years']):,.0f} years in steps of {float(row['span']):g} "
        f"take {float(row['seconds']):.0f} s on two cores."
    )


def _roots() -> str:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _read("right_root.csv"):
        groups[row["group"], row["description"]].append(row)
    lines = ["Twenty seeds of each network, N = 128, one core a solve (`apps/tables/right_root.json`):", ""]
    lines += _markdown(("network", "", "right policy", "error, median", "error, worst", "training, median"))
    for (group, description), rows in groups.items():
        right = sum(row["converged"] == "True" for row in rows)
        errors = [float(row["policy_error_mean"] or "inf") for row in rows]
        seconds = statistics.median(float(row["train_seconds"] or "inf") for row in rows)
        numbers = (
            f"{right}/{len(rows)}",
            _percent(statistics.median(errors)),
            _percent(max(errors)),
            f"{seconds:.1f} s",
        )
        lines.append(_row((group, description, *numbers)))
    return "\n".join(lines)


def _benchmark() -> str:
    lines = [
        "Time to an error of .1 % after compilation, two cores, fewer paths a step the larger N (`make benchmark`):",
        "",
    ]
    lines += _markdown(("network", "firms", "steps", "seconds", "ms a step", "error after 600 steps"))
    for row in _read("benchmark_investment.csv"):
        reached = row["seconds_to_0.1%"]
        seconds = f"{float(reached):.2g}" if reached else "never"
        pace, error = f"{float(row['ms_a_step']):.2g}", _percent(float(row["final_error"]))
        numbers = (row["steps_to_0.1%"] or "never", seconds, pace, error)
        lines.append(_row((row["network"], row["firms"], *numbers)))
    return "\n".join(lines)


def _shipped() -> str:
    lines = ["Shipped in `exported_models/` (`make models`), errors against closed form or collocation:", ""]
    lines += _markdown(("model", "nu", "firms", "policy error, mean", "largest", "present-value gap"))
    for asset in sorted((ROOT / "exported_models").glob("*/assets/hetkeras.json")):
        metadata = json.loads(asset.read_text(encoding="utf-8"))
        calibration, measured = metadata["calibration"], metadata["measured"]
        if metadata["model"] != "Investment":
            continue
        errors = (measured[name] for name in ("policy_error_mean", "policy_error_max", "present_value_gap_mean"))
        name, nu, firms = asset.parts[-3], calibration["demand_curvature"], calibration["num_firms"]
        lines.append(_row((f"`{name}`", f"{nu:g}", str(firms), *map(_percent, errors))))
    return "\n".join(lines)


def _read(name: str) -> list[Row]:
    with (MEASURED / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _markdown(header: Iterable[str]) -> list[str]:
    header = list(header)
    return [_row(header), _row("---" for _ in header)]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if value >= 1 else f"{100 * value:.2g} %"


if __name__ == "__main__":
    run_app(main)
