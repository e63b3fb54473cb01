"""The smallest wrong solutions that are refused, out of the rows of the campaign."""

from __future__ import annotations

from tools.measured.markdown import Row, line, markdown, percent, read_measured

OUTPUTS = {
    "target_capital": "target capital",
    "continuation_value": "continuation value, in units of next period's capital",
    "price": "price that firms expect",
    "value": "value",
    "investment": "investment",
}
"""Exported output -> what it is."""


def smallest_faults() -> str:
    rows = read_measured("smallest_faults.csv")
    planted = dict.fromkeys((row["model"], row["output"]) for row in rows)
    return "\n".join([*markdown(("model", "planted in", "off the path", "everywhere")), *_lines(rows, planted)])


def _lines(rows: list[Row], planted: dict[tuple[str, str], None]) -> list[str]:
    lines = []
    for model, output in planted:
        here = [row for row in rows if (row["model"], row["output"]) == (model, output)]
        split = {at: [row for row in here if (row["coordinate"] == "everywhere") == at] for at in (False, True)}
        lines.append(line([f"`{model}`", OUTPUTS[output], *(_worst(split[at]) for at in (False, True))]))
    return lines


def _worst(rows: list[Row]) -> str:
    """The place at which a fault must be largest to be refused, and the check that refuses it there."""
    if not rows:
        return ""
    worst = max(rows, key=lambda row: float(row["refused_at"]))
    return f"{percent(float(worst['refused_at']))}, `{worst['seen_by']}`"
