"""By how much `hetkeras verify` lets a measurement differ from its record, as the code has it."""

from __future__ import annotations

from hetkeras.diagnosis.record import TOLERANCES, Tolerance
from tools.measured.markdown import line, markdown, percent


def tolerances() -> str:
    """A row for each tolerance, that of all other numbers last."""
    rows = dict.fromkeys(each._replace(of="") for each in TOLERANCES.values())
    header = markdown(("numbers", "may differ from the record by", "why"))
    return "\n".join([*header, *(line((each.numbers, _distance(each), each.why)) for each in rows)])


def _distance(tolerance: Tolerance) -> str:
    relative = percent(tolerance.relative) if tolerance.relative else ""
    absolute = f"{tolerance.absolute:.0e}" if tolerance.absolute else ""
    errors = f"{tolerance.errors:.0f} standard errors" if tolerance.errors else ""
    return " and ".join(filter(None, (relative, absolute, errors))) or "nothing"
