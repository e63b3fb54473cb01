"""Actions in forks of a process that has imported TensorFlow and has not started it: each may be killed or crash."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import multiprocessing
import os
import tempfile
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from hetkeras.errors import HetkerasError

LATE = 120.0  # seconds after which an action is taken to wait for ever
CAPABILITIES = 0x20080522  # version 3 of Linux's interface
MOST_PRINTED = 1 << 16  # bytes that a pipe holds


class Outcome(NamedTuple):
    """What came of an action: what it returned, the error that a user sees, or how it broke; and what it printed."""

    value: Any = None
    refused: str | None = None
    broken: str | None = None
    printed: str = ""


class Fork(NamedTuple):
    """An action under way, and the pipes through which it tells; a file could not be written on a full disk."""

    process: BaseProcess
    told: Connection
    printed: Connection

    def outcome(self, seconds: float = LATE) -> Outcome:
        """Waits for the end and returns it; kills what takes longer."""
        self.process.join(seconds)
        if late := self.process.is_alive():
            self.process.kill()
            self.process.join()
        with self.told, self.printed:
            text = os.read(self.printed.fileno(), MOST_PRINTED).decode(errors="replace") if self.printed.poll() else ""
            with contextlib.suppress(EOFError):
                return self.told.recv()._replace(printed=text)
        how = f"it did not end within {seconds:.0f} s" if late else f"it died with status {self.process.exitcode}"
        return Outcome(broken=how, printed=text)


def started(action: Callable[..., Any], *arguments: Any) -> Fork:
    """Starts an action with its arguments."""
    told, tell = _server().Pipe(duplex=False)
    printed, out = _server().Pipe(duplex=False)
    process = _server().Process(target=_run, args=(tell, out, _scratch().name, action, arguments))
    process.start()
    tell.close()
    out.close()
    return Fork(process, told, printed)


def outcome(action: Callable[..., Any], *arguments: Any) -> Outcome:
    """Runs an action to its end."""
    return started(action, *arguments).outcome()


def problem(found: Outcome, right: Any) -> str | None:
    """What is wrong with an outcome: neither the right value nor a refusal in one line."""
    if found.broken is not None:
        return f"{found.broken}; it printed {found.printed[-600:]}"
    if found.refused is not None:
        return None if len(found.refused.splitlines()) == 1 else f"it is refused in several lines: {found.refused}"
    return None if found.value == right else f"another value came out: {found.value}; it printed {found.printed}"


@functools.cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tools.faults.tiny_solve"])
    return context


@functools.cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Where forks have what TensorFlow would leave in the system's folder when it is killed; gone with this process."""
    return tempfile.TemporaryDirectory(prefix="hetkeras_forks_")


def _run(
    tell: Connection, out: Connection, scratch: str, action: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    """In the fork."""
    tempfile.tempdir = scratch
    os.dup2(out.fileno(), 1)
    os.dup2(out.fileno(), 2)
    out.close()
    tell.send(tried(action, *arguments))
    os._exit(0)  # threads of TensorFlow may not wish to end


def tried(action: Callable[..., Any], *arguments: Any) -> Outcome:
    """What comes of an action in this process."""
    try:
        return Outcome(value=action(*arguments))
    except HetkerasError as error:
        return Outcome(refused=str(error))
    except BaseException:
        return Outcome(broken=traceback.format_exc())


def each(action: Callable[[Any], Any], items: Sequence[Any]) -> list[Outcome]:
    """What comes of an action on each of some items, an action itself."""
    return [tried(action, item) for item in items]


def bound_by_modes(action: Callable[..., Any], *arguments: Any) -> Any:
    """Acts as a user whom modes of files bind, which they do not bind root; an action itself."""
    header, none = (ctypes.c_uint32 * 2)(CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")
    return action(*arguments)
