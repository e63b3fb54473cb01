"""What all programs share: errors in one line, and how a program ends."""

from __future__ import annotations

import errno
import os
import sys
import types
from collections.abc import Callable, Sequence

from absl import app, logging

from hetkeras import compile_cache
from hetkeras.errors import HetkerasError


def run_app(main: Callable[[list[str]], None], argv: list[str] | None = None) -> None:
    """Runs main under absl; an error that the user can mend is one line and exit status 1, without a traceback."""

    def guarded(argv: list[str]) -> None:
        logging.set_verbosity(logging.WARNING)
        try:
            main(argv)
        except HetkerasError as error:
            sys.exit(f"error: {error}")
        except KeyboardInterrupt:
            sys.exit("interrupted: start the same command again to resume from the last checkpoint")
        except Exception as error:
            if compile_cache.is_to_blame(error):
                print(compile_cache.give_up(), file=sys.stderr, flush=True)
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # a solve resumes from its checkpoint
            if is_storage_failure(error):
                sys.exit(f"error: writing failed ({error}); free some space and start the same command again to resume")
            if isinstance(error, OSError):
                sys.exit(f"error: {error}; check the path and its permissions")
            raise

    app.run(guarded, argv)


def is_storage_failure(error: Exception) -> bool:
    """True if an error of Python or of TensorFlow says that a file could not be written."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
    text = str(error)
    return any(os.strerror(code) in text for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS))


def run_command(module: types.ModuleType, name: str, words: list[str], help_words: Sequence[str]) -> None:
    """Runs a subcommand: its `prepare` defines flags and returns the help, its `main` gets the words without flags."""
    try:
        text = module.prepare(words)
    except HetkerasError as error:
        sys.exit(f"error: {error}")
    if any(word in help_words for word in words):
        print(text)
        return
    run_app(lambda argv: module.main(argv[1:]), [f"hetkeras {name}", *words])
