from pathlib import Path

import hetkeras
from hetkeras.latex import escaped, tabular


def test_signs_that_latex_reads_as_commands_are_escaped():
    assert escaped("rules_error <= 5 % & {x}") == r"rules\_error $\leq$ 5 \% \& \{x\}"
    assert escaped(r"\input{a}^~") == r"\textbackslash{}input\{a\}\textasciicircum{}\textasciitilde{}"
    assert escaped("R² − 1 ≥ ρ") == r"R$^2$ $-$ 1 $\geq$ $\rho$"


def test_all_that_pages_say_is_plain_in_latex():
    folder = Path(hetkeras.__file__).parent / "report"
    said = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in (".py", ".csv"))
    assert "√" in said
    assert escaped(said).isascii()


def test_the_first_row_is_the_header():
    lines = tabular([("a", "b"), ("1", "2")], "lr", above=("spans",)).splitlines()
    assert lines == [
        r"\begin{tabular}{lr}",
        r"\toprule",
        "spans",
        r"a & b \\",
        r"\midrule",
        r"1 & 2 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
