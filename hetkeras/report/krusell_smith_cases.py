"""Which solves the figures of a study of Krusell-Smith methods show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hetkeras.report.content import Text
from hetkeras.report.study_cases import Case


def chosen(cases: Sequence[Case], file: str, designs: Mapping[str, str]) -> dict[str, Case]:
    """Of each group the first seed that converged and left the file, of the design to be shown if there is one."""
    found = {}
    for group, design in designs.items():
        usable = [c for c in cases if c.group == group and c.converged and (c.directory / file).is_file()]
        best = min(usable, key=lambda c: (c.description != design, c.numbers["seed"]), default=None)
        if best is not None:
            found[group] = best
    return found


def told(found: Mapping[str, Case]) -> str:
    """Says which solves these are."""
    return "; ".join(f"{g}, {case.description}, seed {case.numbers['seed']:.0f}" for g, case in found.items())


def missing(found: Mapping[str, Case], file: str, designs: Mapping[str, str]) -> tuple[Text, ...]:
    """Says of which groups nothing can be drawn."""
    absent = ", ".join(group for group in designs if group not in found)
    return (Text(f"Missing, hence not drawn (no converged solve with {file}): {absent}."),)
