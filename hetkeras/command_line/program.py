"""What all programs share: flags that are checked, errors in one line, and how a program ends."""

from __future__ import annotations

import errno
import os
import sys
import types
from collections.abc import Callable, Sequence

from absl import app, flags, logging

from hetkeras import compile_cache
from hetkeras.command_line import stopping
from hetkeras.errors import CalibrationError, HetkerasError, one_line
from hetkeras.files import is_storage_failure, tells_of
from hetkeras.model_file import mistake

UNCONVERGED = 3  # exit status
FORBIDDEN = (errno.EACCES, errno.EPERM)


def run_app(main: Callable[[list[str]], None], argv: list[str] | None = None) -> None:
    """Runs main under absl; an error that the user can mend is one line and exit status 1, without a traceback."""
    with stopping.heard():
        _run(main, argv)


def _run(main: Callable[[list[str]], None], argv: list[str] | None) -> None:
    def guarded(argv: list[str]) -> None:
        logging.set_verbosity(logging.WARNING)
        try:
            main(argv)
        except HetkerasError as error:
            sys.exit(f"error: {error}")
        except Exception as error:
            if compile_cache.is_to_blame(error):
                print(compile_cache.give_up(), file=sys.stderr, flush=True)
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # a solve resumes from its checkpoint
            if (told := mendable(error)) is not None:
                sys.exit(f"error: {told}")
            raise

    app.run(guarded, argv, flags_parser=parsed)


def mendable(error: Exception) -> str | None:
    """What to say of an error of Python or of TensorFlow that a user can mend; None if it is none."""
    if is_storage_failure(error):
        return f"writing failed ({one_line(str(error))}); free some space and start the same command again to resume"
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return f"memory is not enough ({one_line(str(error)) or 'none is left'}); choose smaller sizes"
    if isinstance(error, OSError) or tells_of(error, FORBIDDEN):
        return f"{one_line(str(error))}; check the path and its permissions"
    return mistake(error)


def parsed(argv: Sequence[str]) -> list[str]:
    """Reads the flags and returns the words between them; a flag that is wrong ends the program."""
    try:
        words = flags.FLAGS(argv)
        _refuse_twice_and_empty()
    except (flags.Error, CalibrationError) as error:
        sys.exit(f"error: {one_line(str(error))}; '{argv[0]} --help' lists the flags")
    return words


def _refuse_twice_and_empty() -> None:
    for name in flags.FLAGS:
        flag = flags.FLAGS[name]
        if flag.present > 1 and not isinstance(flag, flags.MultiFlag):
            raise CalibrationError(f"--{name} is given {flag.present} times; expected once")
        if flag.present and flag.value in ("", []):
            raise CalibrationError(f"--{name} is empty; expected a value, as in --{name}=...")


def run_command(module: types.ModuleType, name: str, words: list[str], help_words: Sequence[str]) -> None:
    """Runs a subcommand: its `prepare` defines flags and returns the help, its `main` gets the words without flags."""
    try:
        text = module.prepare(words)
    except (HetkerasError, OSError) as error:
        sys.exit(f"error: {error}")
    if any(word in help_words for word in words):
        print(text)
        return
    _run(lambda argv: module.main(argv[1:]), [f"hetkeras {name}", *words])
