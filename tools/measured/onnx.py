"""The table of shipped models as ONNX: how far each file is from its SavedModel, and the time of a call."""

from __future__ import annotations

from tools.measured.markdown import line, markdown, read_measured


def onnx() -> str:
    """A line for each exported function; times are ratios of one process."""
    rows = read_measured("benchmark_onnx.csv")
    agreed = sum(int(row["decisions"]) == 0 for row in rows)
    lines = [
        f"All {len(rows)} functions of the shipped models, at states of their own paths; in {agreed} of them every "
        "decision is the same. Times are processor time of TensorFlow over that of onnxruntime, one thread each "
        "(`python -m tools.benchmark_onnx`):",
        "",
        *markdown(("model", "function", "type", "states", "gap", "time, one row", "rows", "time, so many rows")),
    ]
    for row in rows:
        one, many = (float(row[f"tensorflow{size}"]) / float(row[f"onnx{size}"]) for size in ("_1", ""))
        names = f"`{row['model']}`", f"`{row['function']}`", row["type"]
        gap = "0" if float(row["gap"]) == 0 else f"{float(row['gap']):.1e}"
        lines.append(
            line((*names, f"{int(row['states']):,}", gap, f"{one:.2g}", f"{int(row['rows']):,}", f"{many:.2g}"))
        )
    return "\n".join(lines)
