"""Tables in LaTeX, for booktabs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SIGNS = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"<": "$<$", ">": "$>$", "≤": r"$\leq$", "≥": r"$\geq$", "−": "$-$", "²": "$^2$", "′": "$'$", "–": "--"},
    **{"±": r"$\pm$", "√": r"$\surd$", "…": r"\dots{}", "á": r"\'{a}", "β": r"$\beta$", "ν": r"$\nu$"},
    **{"φ": r"$\phi$", "ρ": r"$\rho$", "ε": r"$\varepsilon$", "λ": r"$\lambda$", "→": r"$\rightarrow$"},
}
_ESCAPED = str.maketrans(_SIGNS)


def tabular(rows: Iterable[Sequence[str]], columns: str, above: Sequence[str] = ()) -> str:
    """A tabular of rows, the header first.

    Args:
      rows: cells in LaTeX, see `escaped`.
      columns: the argument of tabular, as in "lrr".
      above: lines above the header, as they are.
    """
    head, *body = [" & ".join(row) + r" \\" for row in rows]
    start = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", *above, head, r"\midrule"]
    return "\n".join([*start, *body, r"\bottomrule", r"\end{tabular}"])


def escaped(text: str) -> str:
    """Text as LaTeX prints it."""
    return text.replace("<=", "≤").replace(">=", "≥").translate(_ESCAPED)
