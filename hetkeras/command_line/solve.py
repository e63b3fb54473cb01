"""Solves a model, exports it, reloads the export, measures it and draws a page.

  hetkeras solve MODEL [flags]

MODEL is the name of a shipped model or your own, as in my_model.py:Skills. Its contract decides the method. Start the
same command again to resume an interrupted run. `hetkeras solve MODEL --help` lists the flags and the calibration.
The exit status is 3 where the solution is not converged (0 with --allow_unconverged), and 1 after an error.

Examples:
  hetkeras solve khan_thomas --run_dir=runs/khan_thomas
  hetkeras solve khan_thomas --method=grid --set=largest_cost=0.0166
  hetkeras solve my_model.py:Skills --run_dir=runs/skills --set=fading=0.1 --solver=num_steps=2000
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence

from absl import flags

from hetkeras.command_line import option_flags
from hetkeras.command_line.check_table import verdict_of
from hetkeras.command_line.models import Target, find
from hetkeras.command_line.program import UNCONVERGED
from hetkeras.command_line.words import meant
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.errors import CalibrationError, cut
from hetkeras.method import method_of_class
from hetkeras.named_models import SHIPPED
from hetkeras.verbs.solve import solve_with

FLAGS = flags.FLAGS


def prepare(words: Sequence[str]) -> str:
    """Defines the flags for the model that the first word names; returns the help.

    Raises:
      ModelFileError, CalibrationError: if the word names no model, or one of no contract.
    """
    if words and words[0].startswith("-") and "help" not in words[0] and words[0] != "-h":
        raise CalibrationError(f"{cut(words[0])} is where the model must be; expected: hetkeras solve MODEL [flags]")
    if not words or words[0].startswith("-"):
        return f"{__doc__}\nShipped models: {', '.join(SHIPPED)}"
    target = find(words[0])
    method = method_of_class(target.model)
    option_flags.define_path("run_dir", f"runs/{target.name}", "Everything goes here; an interrupted run is resumed.")
    flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several.")
    flags.DEFINE_bool("allow_unconverged", False, "Exit status 0, not 3, where the solution is not converged.")
    option_flags.define(method.options)
    own = target.define()
    names = ["run_dir", "set", *own, *method.options.fields(), "allow_unconverged"]
    about = inspect.cleandoc(method.__doc__ or "").splitlines()[0]
    start = f"  hetkeras solve {words[0]} --run_dir=runs/"
    parts = (
        inspect.cleandoc(target.model.__doc__ or target.name),
        f"{start}first\n{start}second --set={target.model.example()}",
        f"Solved as {method.contract.__name__}: {about}",
        f"Flags:\n{option_flags.help_of(names)}",
        f"Calibration (--set=field=value):\n{option_flags.help_of_fields(target.model)}",
    )
    return "\n\n".join(parts)


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      HetkerasError: if anything that the user gave is wrong.
      SystemExit: with 3 if the solution is not converged.
    """
    if not words:
        raise CalibrationError(f"no model is named; expected one of {', '.join(SHIPPED)}, or yours: my_model.py:Skills")
    if len(words) > 1:
        raise CalibrationError(meant(words[1]))
    target: Target = find(words[0])
    method = method_of_class(target.model)
    options = method.options(**option_flags.read(method.options.fields()))
    model = target.build(options.preset, FLAGS.set)
    loaded, diagnosis = solve_with(method_of_class(type(model)), model, FLAGS.run_dir, options)
    show(diagnosis, FLAGS.run_dir, options.report, str(loaded.path))
    sys.exit(0 if diagnosis.converged or FLAGS.allow_unconverged else UNCONVERGED)


def show(diagnosis: Diagnosis, run_dir: str, with_report: bool, saved: str) -> None:
    """Prints the verdict and where things are."""
    print(f"\n{verdict_of(diagnosis)}")
    if with_report:
        print(f"page:       {run_dir}/report.html")
    print(f"SavedModel: {saved}")
