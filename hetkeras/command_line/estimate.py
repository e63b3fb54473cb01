"""Estimates parameters by simulated moments: standard errors, the J test, and what the moments do not tell.

  hetkeras estimate FILE.py:FUNCTION --moments=FILE --covariance=FILE --bounds=NAME=LOW:HIGH ... [flags]

FUNCTION is called as simulate(parameters, simulations, seed) and gives moments by name: means over that many simulated
panels, each as large as the data's, whose draws depend on the seed alone. Moments are a CSV file with the columns
moment and value; their covariance is one with a column moment and a column for each moment. Tables, LaTeX and a page go
to OUT_DIR. The exit status is 3 where the estimate is not converged (0 with --allow_unconverged), and 1 after an error.

Example:
  hetkeras estimate docs/examples/estimation/frictionless_investment.py:simulate \\
    --moments=docs/examples/estimation/moments.csv --covariance=docs/examples/estimation/covariance.csv \\
    --bounds=curvature=.3:.9 --bounds=persistence=.3:.95 --bounds=volatility=.05:.4
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from absl import flags

from hetkeras.command_line import option_flags
from hetkeras.command_line.program import UNCONVERGED
from hetkeras.command_line.words import the_only
from hetkeras.diagnosis.diagnosis import CHECK_HEADER, finite_number
from hetkeras.errors import EstimationError, brief, unwritten
from hetkeras.estimation.estimate import Estimate
from hetkeras.estimation.weighting import KINDS
from hetkeras.files import write_columns, write_json, write_text
from hetkeras.model_file import read_function
from hetkeras.report.page import ESTIMATE, write_report
from hetkeras.training.phases import phase
from hetkeras.verbs.estimate import estimate

FLAGS = flags.FLAGS
NAMES = (
    "moments",
    "covariance",
    "bounds",
    "start",
    "weights",
    "simulations",
    "seed",
    "starts",
    "step",
    "profile_points",
    "out_dir",
    "allow_unconverged",
)
EXAMPLE = "hetkeras estimate my_model.py:simulate --moments=moments.csv ..."
REQUIRED = {"moments": "moments.csv", "covariance": "covariance.csv", "bounds": "curvature=.3:.9"}


def prepare(words: Sequence[str]) -> str:
    """Defines the flags and returns the help."""
    del words
    flags.DEFINE_string("function", None, "FILE.py:FUNCTION; the same as the word.")
    option_flags.define_path("moments", None, "CSV file of the data's moments: columns moment and value.")
    option_flags.define_path("covariance", None, "CSV file of their covariance: moment and a column for each.")
    flags.DEFINE_multi_string("bounds", [], "NAME=LOW:HIGH of a parameter; repeat for each.")
    flags.DEFINE_multi_string("start", [], "NAME=VALUE of the first start; repeat for each, or leave them all out.")
    option_flags.define_path("weights", "optimal", f"{', '.join(KINDS)}, or a CSV file as the covariance.")
    flags.DEFINE_integer("simulations", 10, "Simulated panels; 0 if the moments are exact.", 0)
    flags.DEFINE_integer("seed", 0, "Seed of the draws and of the starts.", 0)
    flags.DEFINE_integer("starts", 4, "Searches from different points, of which two must agree.", 1)
    flags.DEFINE_float("step", 0.01, "Step of derivatives by differences, in shares of the box.")
    flags.DEFINE_integer("profile_points", 9, "Points of each parameter's profile; 0 for none.", 0)
    option_flags.define_path("out_dir", "runs/estimate", "Tables, LaTeX and the page go here.")
    flags.DEFINE_bool("allow_unconverged", False, "Exit status 0, not 3, where the estimate is not converged.")
    return f"{__doc__}\nFlags:\n{option_flags.help_of(NAMES)}"


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      HetkerasError: if anything that the user gave is wrong.
      SystemExit: with 3 if the estimate is not converged.
    """
    function = the_only(words, "function", "functions", EXAMPLE)
    for name, example in REQUIRED.items():
        if not FLAGS[name].value:
            raise EstimationError(f"--{name} is missing; expected it, as in --{name}={example}")
    simulate = read_function(function)
    bounds, start = (_pairs(name) for name in ("bounds", "start"))
    out_dir = _made(Path(FLAGS.out_dir))
    with phase("searches, profiles and tests"):
        found = estimate(
            simulate,
            FLAGS.moments,
            FLAGS.covariance,
            {name: _ends(text) for name, text in bounds.items()},
            {name: _number(text, f"--start={name}") for name, text in start.items()} or None,
            FLAGS.weights,
            FLAGS.simulations,
            FLAGS.seed,
            FLAGS.starts,
            FLAGS.step,
            FLAGS.profile_points,
        )
    print(found)
    write(found, out_dir, {"function": function, "seed": FLAGS.seed})
    print(f"page:       {write_report(out_dir)}")
    sys.exit(0 if found.converged or FLAGS.allow_unconverged else UNCONVERGED)


def write(found: Estimate, out_dir: Path, asked: Mapping[str, str | int]) -> None:
    """Writes estimate.json, estimate.tex and a CSV file for each table."""
    test = found.j_test
    numbers = {
        **asked,
        "weights": found.weights,
        "simulations": found.simulations,
        "j_statistic": finite_number(test.statistic),
        "j_degrees": test.degrees,
        "j_p_value": finite_number(test.p_value),
        "j_remark": test.remark,
        "weakest_direction": found.identification.weakest,
        **found.diagnosis.as_dict(),
    }
    try:
        write_json(out_dir / ESTIMATE, numbers)
        write_text(out_dir / "estimate.tex", found.latex())
        checks = dict(zip(CHECK_HEADER, zip(*found.diagnosis.rows(), strict=True), strict=True))
        for name, columns in {**found.tables(), "checks": checks}.items():
            write_columns(out_dir / f"{name}.csv", columns)
    except OSError as error:
        raise unwritten(out_dir, error) from error


def _made(out_dir: Path) -> Path:
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(out_dir, error) from error
    return out_dir


def _pairs(flag: str) -> dict[str, str]:
    """Name -> text of a flag that is given as NAME=TEXT, once for each name."""
    pairs = [each.partition("=") for each in FLAGS[flag].value or ()]
    for name, sign, text in pairs:
        if not (name and sign and text):
            raise EstimationError(f"--{flag}={name}{sign}{text} has no name and value; expected --{flag}=NAME=...")
    names = [name for name, _, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise EstimationError(f"--{flag} names {twice[0]} {names.count(twice[0])} times; expected once")
    return {name: text for name, _, text in pairs}


def _ends(text: str) -> tuple[float, float]:
    low, sign, high = text.partition(":")
    if not sign:
        raise EstimationError(f"--bounds has {brief(text)}; expected LOW:HIGH, as in --bounds=curvature=.3:.9")
    return _number(low, "--bounds"), _number(high, "--bounds")


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise EstimationError(f"{what} has {brief(text)}; expected a number") from error
