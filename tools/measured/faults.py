"""What the campaign of faults tried and survived, out of its counts."""

from __future__ import annotations

from tools.measured.markdown import line, markdown, read_measured


def faults() -> str:
    rows = read_measured("faults.csv")
    tried, survived = (sum(int(row[name]) for row in rows) for name in ("tried", "survived"))
    cells = [[row["part"], row["group"], row["tried"], row["survived"]] for row in rows]
    table = [line(row) for row in [*cells, ["all", "", str(tried), str(survived)]]]
    return "\n".join([*markdown(("part", "group", "tried", "survived")), *table])
