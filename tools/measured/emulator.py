"""The table of emulated moments beside those of solves that the fit does not know."""

from __future__ import annotations

from tools.measured.markdown import line, markdown, percent, read_measured
from tools.measured.monte_carlo import FIRMS, YEARS

RELATIVE = ("mean_capital", "mean_price")  # levels, whose errors are shares of them


def emulator() -> str:
    """A row for each moment; shares of a level, else in its own units."""
    rows = read_measured("emulator.csv")
    hidden = rows[0]["hidden"]
    lines = [
        f"Khan and Thomas (2008) over largest adjustment cost and idiosyncratic volatility: polynomials through "
        f"{rows[0]['fitted']} calibrations that the grid solves, beside {hidden} more that the fit does not know "
        f"(`python -m tools.benchmark_emulator`). Draws: {FIRMS:,} firms over {YEARS} years:",
        "",
        *markdown(
            ("moment", "over the box", "mean error", "largest error", "largest, in standard deviations of draws")
        ),
    ]
    for row in rows:
        least, most, mean, worst, draws = (
            float(row[name]) for name in ("least", "most", "error_mean", "error_worst", "sd_of_draws")
        )
        errors = (percent(each / most) if row["moment"] in RELATIVE else f"{each:.2g}" for each in (mean, worst))
        name = row["moment"].replace("_", " ")
        lines.append(line((name, f"{least:.3g} to {most:.3g}", *errors, f"{worst / draws:.2g}")))
    return "\n".join(lines)
