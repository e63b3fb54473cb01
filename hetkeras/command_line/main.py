"""The command `hetkeras` and what it is made of."""

from __future__ import annotations

import difflib
import importlib
import sys
from importlib.metadata import version

from hetkeras.command_line import stopping

COMMANDS = {
    "solve": "solve a model, shipped or your own, and prove the solution",
    "verify": "PASS or FAIL: shipped models and references, or a SavedModel of yours",
    "evaluate": "measure a SavedModel again, from nothing but its own files",
    "export": "write the functions of a SavedModel for programs without TensorFlow",
    "estimate": "estimate parameters by simulated moments, with standard errors and tests",
    "report": "draw the page of a run or of a study",
    "sweep": "solve many cases on processes, Slurm or Ray, into one table",
    "table": "run a table of solves, over cases and seeds",
}
USAGE = "hetkeras: solve dynamic models with many agents or many binary states, and prove the solution\n\n" + "\n".join(
    ["  hetkeras COMMAND ...  (hetkeras COMMAND --help tells more)", ""]
    + [f"  {name:<9} {about}" for name, about in COMMANDS.items()]
)
HELP = ("--help", "-h", "--helpshort", "--helpfull", "help")


def main(*first: str) -> None:
    """Runs `hetkeras` with the words of the command line, after those given."""
    with stopping.heard():  # imports take seconds
        _run([*first, *sys.argv[1:]])


def _run(words: list[str]) -> None:
    if not words or words[0] in HELP:
        print(USAGE)
        return
    if words[0] == "--version":
        print(f"hetkeras {version('hetkeras')}")
        return
    command, *rest = words
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, 1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        sys.exit(f"error: '{command}' is no command; {hint}expected one of {', '.join(COMMANDS)}")
    if command not in ("estimate", "report", "sweep", "table"):  # which do without TensorFlow
        if sys.stderr.isatty() and not any(word in HELP for word in rest):
            print("starting: TensorFlow takes some seconds to load", file=sys.stderr, flush=True)
        importlib.import_module("hetkeras.command_line.device")  # before anything else that imports TensorFlow
    from hetkeras.command_line.program import run_command

    run_command(importlib.import_module(f"hetkeras.command_line.{command}"), command, rest, HELP)


if __name__ == "__main__":
    main()
