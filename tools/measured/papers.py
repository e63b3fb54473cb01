"""The index of the papers' tables and figures."""

from __future__ import annotations

from itertools import groupby

from tools.measured.markdown import line, markdown, read_measured


def papers() -> str:
    lines = ["Made by `python -m tools.papers --csv=docs/measured/papers.csv`:"]
    for paper, rows in groupby(read_measured("papers.csv"), lambda row: row["paper"]):
        lines += ["", f"**{paper}**", "", *markdown(("of the paper", "what", "ours", "numbers", "verdict"))]
        lines += [line((row["item"], row["what"], row["ours"], f"`{row['file']}`", row["verdict"])) for row in rows]
    return "\n".join(lines)
