"""Ctrl-C and SIGTERM end a program with a line that says how to go on, however deep in native code they come."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import types
from collections.abc import Iterator
from typing import NoReturn

WORDS = {int(signal.SIGINT): "interrupted", int(signal.SIGTERM): "terminated"}
GRACE = 5.0  # seconds after which a program ends that did not hear: it compiles, or a library swallowed the signal
STATUS = 128  # exit status, plus the number of the signal


class Stopped(KeyboardInterrupt):
    """A signal asked the program to end."""


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Hears both signals while it lasts; the program then ends with exit status 130 or 143."""
    received: list[int] = []

    def stop(number: int, frame: types.FrameType | None) -> NoReturn:
        received.append(number)
        raise Stopped

    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    wakes = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    ignored = {number for number in WORDS if signal.getsignal(number) is signal.SIG_IGN}  # as under nohup
    handlers = {number: signal.signal(number, stop) for number in WORDS if number not in ignored}
    threading.Thread(target=_insist, args=(reads,), daemon=True).start()
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        if not received and not isinstance(error, KeyboardInterrupt):
            raise
        number = next(iter(received), int(signal.SIGINT))
        _tell(number)
        sys.exit(STATUS + number)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakes)
        os.close(writes)


def _insist(reads: int) -> None:
    """Ends the program where the signal did not: after a grace, or at once when a second one comes."""
    with open(reads, "rb", buffering=0) as signals:
        while (byte := signals.read(1)) and byte[0] not in WORDS:
            pass
        again = byte and select.select([signals], [], [], GRACE)[0]
        if byte and not (again and not signals.read(1)):  # it is closed where the program ends by itself
            _tell(byte[0])
            os._exit(STATUS + byte[0])


def _tell(number: int) -> None:
    resume = "start the same command again; a solve resumes from its last checkpoint"
    print(f"{WORDS[number]}: {resume}", file=sys.stderr, flush=True)
