"""Tables of how a solve grows: time and memory by size, what ten times the largest size takes, and shared batches."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tools.measured.markdown import Row, line, markdown, read_measured

TIMES = 10.0
USED = 0.8  # share of the memory of a machine


class Series(NamedTuple):
    """One thing by size: (size, number) with sizes rising; unit of the number, in which it is written."""

    what: str
    points: Sequence[tuple[float, float]]
    unit: str = ""

    @property
    def exponent(self) -> float:
        """Of the power law through the last two points."""
        (size, value), (larger, last) = self.points[-2:]
        return math.log(last / value) / math.log(larger / size)


def time() -> str:
    lines = [
        "The last two sizes tell the exponent; the last column follows from it and is not measured. Exponents below "
        "one rise further on, to one where all work is for each of what grows:",
        "",
    ]
    lines += markdown(("what grows", "measured from", "to", "takes there", "exponent", "ten times that, extrapolated"))
    for series in times():
        (first, _), (size, value) = series.points[0], series.points[-1]
        later = value * TIMES**series.exponent
        numbers = _seconds(value), f"{series.exponent:.2f}", _seconds(later)
        lines.append(line((series.what, f"{first:,.0f}", f"{size:,.0f}", f"{numbers[0]} {series.unit}", *numbers[1:])))
    return "\n".join(lines)


def times() -> Iterable[Series]:
    """Seconds by size."""
    for network in ("moments", "deep_sets"):
        rows = [row for row in read_measured("benchmark_investment.csv") if row["network"] == network]
        yield _series(f"firms of an industry (`{network}`)", rows, "firms", "ms_a_step", "a step", 1e-3)
    rows = [row for row in read_measured("benchmark_khan_thomas_growth.csv") if row["method"] == "neural"]
    yield _series("nodes of firms of Khan and Thomas", rows, "histogram_points", "simulation_s", "a simulation")
    rows = [row for row in read_measured("benchmark_bloom.csv") if row["method"] == "neural"]
    span = f"for {rows[0]['periods']} periods"
    yield _series("nodes of firms of Bloom", rows, "histogram_points", "simulation_s", span)
    rows = read_measured("benchmark_export_entry.csv")
    yield _series("destinations", rows, "destinations", "ms_a_step", "a step", 1e-3)
    rows = read_measured("benchmark_production_network.csv")
    yield _series("sectors", rows, "sectors", "processor_ms_a_step", "a step", 1e-3)
    yield Series("states with a horizon", _horizon(), "to train")


def memory() -> str:
    lines = [
        "The most memory of a process while it compiles and trains, the program in it "
        "(`python -m tools.benchmark_memory` and other benchmarks). What ten times the largest size takes follows from "
        "the last two sizes as a line. Machines have 8, 16, 32 GiB and so on, of which a fifth is for all else:",
        "",
    ]
    lines += markdown(("what grows", "measured from", "to", "takes there", "ten times that, extrapolated", "fits in"))
    for series in memories():
        (first, _), (size, value), later = series.points[0], series.points[-1], _line_at(series, TIMES)
        machine = max(8, 2 ** math.ceil(math.log2(later / 1024 / USED)))
        numbers = f"{value / 1024:.1f} GiB", f"{later / 1024:.1f} GiB", f"{machine} GiB"
        lines.append(line((series.what, f"{first:,.0f}", f"{size:,.0f}", *numbers)))
    return "\n".join(lines)


def memories() -> Iterable[Series]:
    """MiB by size."""
    names = {
        "investment": "firms of an industry (`deep_sets`)",
        "export_entry": "destinations",
        "lq_control": "states with a horizon",
    }
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in read_measured("benchmark_memory.csv"):
        groups[row["work"]].append(row)
    for name, rows in groups.items():
        yield _series(names[name], rows, "size", "memory_mib")
    yield _series("sectors", read_measured("benchmark_production_network.csv"), "sectors", "memory_mib")
    rows = [row for row in read_measured("benchmark_bloom.csv") if row["method"] == "neural"]
    yield _series("nodes of firms of Bloom", rows, "histogram_points", "memory_mib")


def calibrations() -> str:
    lines = [
        "One solve for a box of calibrations instead of one calibration (`python -m tools.benchmark_box`):",
        "",
    ]
    lines += markdown(("model", "processor seconds", "of one calibration", "times"))
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in read_measured("benchmark_box.csv"):
        groups[row["model"]].append(row)
    for model, rows in groups.items():
        whole, one = (sum(float(row[name]) for row in rows) / len(rows) for name in ("seconds", "seconds_of_one"))
        lines.append(line((model, f"{whole:.0f}", f"{one:.1f}", f"{whole / one:.1f}")))
    return "\n".join(lines)


def workers() -> str:
    lines = [
        "Processor time a step of the worker that needs most, one thread each "
        "(`python -m tools.benchmark_workers`); messages travel beside it:",
        "",
    ]
    lines += markdown(("work", "workers", "a step", "gain", "compilation"))
    for row in read_measured("benchmark_workers.csv"):
        pace, gain, compiled = (float(row[name]) for name in ("ms_a_step", "gain", "compile_s"))
        lines.append(line((row["work"], row["workers"], f"{pace:.3g} ms", f"{gain:.2f}", f"{compiled:.0f} s")))
    return "\n".join(lines)


def _series(what: str, rows: Iterable[Row], size: str, value: str, unit: str = "", scale: float = 1.0) -> Series:
    return Series(what, [(float(row[size]), scale * float(row[value])) for row in rows], unit)


def _horizon() -> list[tuple[float, float]]:
    """Mean seconds by number of states, from as many on as train the same number of paths."""
    seconds: dict[int, list[float]] = defaultdict(list)
    for row in read_measured("benchmark_horizon.csv"):
        if row["problem"] == "lq_control" and int(row["states"]) >= 50:
            seconds[int(row["states"])].append(float(row["seconds"]))
    return [(states, sum(found) / len(found)) for states, found in sorted(seconds.items())]


def _line_at(series: Series, times: float) -> float:
    (size, value), (larger, last) = series.points[-2:]
    return last + max(0.0, (last - value) / (larger - size)) * (times - 1) * larger


def _seconds(value: float) -> str:
    return f"{1e3 * value:.2g} ms" if value < 0.1 else f"{value:.2g} s" if value < 100 else f"{value:.0f} s"
