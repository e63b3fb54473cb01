"""Words of a command line that are no flags: what is expected of them, and what a stray one was meant to be."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence

from absl import flags

from hetkeras.errors import CalibrationError, cut


def the_only(words: Sequence[str], flag: str, what: str, example: str) -> str:
    """The one thing that a command is about: a word, or the value of a flag; ~ in it is the home.

    Raises:
      CalibrationError: if there is none, or more than one.
    """
    given = [*words, *filter(None, [flags.FLAGS[flag].value])]
    if len(given) != 1:
        stray = f"; {meant(words[-1])}" if len(words) > 1 else ""
        raise CalibrationError(f"got {len(given)} {what}; expected one, as in: {example}{stray}")
    return os.path.expanduser(given[0])


def meant(word: str) -> str:
    """What a stray word may have been meant to be: the value of the flag before it, or a flag without its dashes."""
    flag = likely(word)
    told = f"did you mean {flag}?" if flag else "flags begin with --, as in --seed=1"
    return f"'{cut(word)}' is one word too many; {told}"


def likely(word: str) -> str:
    """The flag that a word was likely meant to be; empty if none is near."""
    before = sys.argv[sys.argv.index(word) - 1].lstrip("-") if word in sys.argv else ""
    name, separator, _ = word.partition("=")
    known = list(flags.FLAGS)
    if before in known and flags.FLAGS[before].boolean:
        flag = f"{before}={word}"
    elif separator and name not in known and "set" in known:
        flag = f"set={word}"
    else:
        near = difflib.get_close_matches(name, known, 1)
        flag = word.replace(name, near[0], 1) if near else ""
    return f"--{cut(flag)}" if flag else ""
