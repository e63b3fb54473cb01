"""Draws the shipped SavedModels and writes exported_models/README.md, which docs/gallery.md includes.

What is said of a model comes from its assets alone. Its picture is what the lines beside it draw, those of
docs/gallery/MODEL.py, which need TensorFlow and matplotlib and not hetkeras.

Example:
  python -m tools.gallery
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot

from hetkeras.command_line.program import run_app
from hetkeras.files import write_text
from hetkeras.metadata import read_metadata
from hetkeras.report.runs.glossary import explanation, written
from tools.measured.markdown import ROOT, line, markdown

SHIPPED = ROOT / "exported_models"
PAGE = SHIPPED / "README.md"
PICTURES = ROOT / "docs" / "gallery"
MOST = 5  # numbers of a field that are shown

ERRORS = (  # what a reader asks for first, where a model has it
    "policy_error_mean",
    "policy_error_max",
    "present_value_gap_mean",
    "euler_residual_rms",
    "value_error_rms",
    "value_error_max",
    "gain_error_mean",
    "decisions_right",
    "residual_own_rms",
    "policy_worth_gap",
    "policy_worth_limit",
    "reference_gap_interest_bp",
    "reference_gap_mean_capital",
    "reference_gap_mean_capital_mean",
    "reference_gap_price",
    "den_haan_price_max",
    "den_haan_mean_capital_max",
    "rules_error",
    "bellman_error_demeaned",
    "choice_regret",
    "value_lost_firms",
    "branch_mismatch_firms",
    "euler_error_mean",
    "market_gap",
    "excess_demand_max",
)

HEAD = """# Gallery of solved models

<!-- `python -m tools.gallery` writes this page. -->

Every model here loads with TensorFlow alone. What is said of it comes from the file `assets/hetkeras.json` inside it,
and `hetkeras verify` measures it again. Run the lines from the root of a checkout; `plt.show()` then shows the
picture."""


def main(argv: list[str]) -> None:
    del argv
    matplotlib.use("agg")
    for name in names():
        draw(name, PICTURES / f"{name}.png")
    write_text(PAGE, page())
    print(f"written: {PAGE}")


def names() -> list[str]:
    """Folders of the shipped models."""
    return sorted(path.parts[-3] for path in SHIPPED.glob("*/assets/hetkeras.json"))


def draw(name: str, path: Path) -> None:
    """Runs the lines of a model and keeps the picture that they leave."""
    with pyplot.rc_context():
        pyplot.rc("figure", figsize=(6.4, 3.6), dpi=110)
        pyplot.rc("figure.constrained_layout", use=True)
        exec(compile(code(name), name, "exec"), {})
        pyplot.savefig(path)
        pyplot.close("all")


def code(name: str) -> str:
    """The lines that use a model: those of its class, with the folder of this one."""
    model = read_metadata(SHIPPED / name)["model"]
    file = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model).lower()
    text = (PICTURES / f"{file}.py").read_text(encoding="utf-8")
    return re.sub(r"exported_models/\w+", f"exported_models/{name}", text)


def page() -> str:
    """Returns the whole page in Markdown; paths are as seen from exported_models."""
    return "\n\n".join([HEAD, *(part for name in names() for part in entry(name))]) + "\n"


def entry(name: str) -> Iterator[str]:
    """Yields the parts of the page about a model."""
    about = read_metadata(SHIPPED / name)
    _, caption, lines = code(name).split('"""', 2)
    yield f"## {name}"
    yield f"![{caption}](../docs/gallery/{name}.png)"
    yield caption
    yield f"```python\n{lines.strip()}\n```"
    yield "\n".join(errors(about["measured"]))
    yield f"Class: `{about['model_class']}`. Calibration: {listed(about['calibration'])}."
    yield "\n".join(functions(about["signatures"]))


def errors(measured: Mapping[str, Any]) -> list[str]:
    """A table of the errors that were measured on the SavedModel."""
    rows = [
        line((explanation(name).replace("|", "\\|"), written(name, measured[name])))
        for name in ERRORS
        if name in measured
    ]
    return [*markdown(("measured on the SavedModel", "")), *rows]


def listed(calibration: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {shown(value)}" for name, value in calibration.items() if value not in ([], None))


def shown(value: Any) -> str:
    """A field of the calibration in a few characters."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"({', '.join(map(shown, value))})" if len(value) <= MOST else f"({len(value)} numbers)"
    return str(value)


def functions(signatures: Mapping[str, Any]) -> Iterator[str]:
    for name, told in signatures.items():
        yield f"- `{name}({', '.join(told['inputs'])})` gives {', '.join(told['outputs'])}"


if __name__ == "__main__":
    run_app(main)
