"""Processes of this machine, by pools of the standard library with one process each.

A pool of several breaks as a whole when one of its processes is killed, and what the others were at is lost with it.
A pool of one loses the call that was killed and nothing else.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any

from hetkeras.sweeps.engine import CALLS, Call, Ended, prepare_worker

KILLED = "its process was killed, perhaps for memory"


class Processes:
    """An engine of so many processes, each on one core; they end with this one, however it ends.

    Args:
      workers: processes at a time.
      calls_each: of a process before another takes its place.
    """

    def __init__(self, workers: int, calls_each: int = CALLS) -> None:
        self._free = [_Worker() for _ in range(workers)]
        self._busy: dict[Future[Any], tuple[int, _Worker]] = {}
        self._calls_each = calls_each

    def run(self, calls: Sequence[Call]) -> Iterator[Ended]:
        waiting = deque(enumerate(calls))
        while waiting or self._busy:
            while waiting and self._free:
                self._begin(*waiting.popleft())
            done = wait(self._busy, return_when=FIRST_COMPLETED).done
            ended = [self._ended(future) for future in done]
            while waiting and self._free:  # before anybody looks at what came
                self._begin(*waiting.popleft())
            yield from ended

    def close(self) -> None:
        for _, worker in self._busy.values():
            worker.kill()
        for worker in self._free:
            worker.close()

    def _begin(self, place: int, call: Call) -> None:
        worker = self._free.pop()
        try:
            future = worker.submit(call)
        except BrokenProcessPool:  # it was killed while it had nothing to do
            worker.kill()
            worker = _Worker()
            future = worker.submit(call)
        self._busy[future] = place, worker

    def _ended(self, future: Future[Any]) -> Ended:
        place, worker = self._busy.pop(future)
        killed = isinstance(future.exception(), BrokenProcessPool)
        if killed:
            worker.kill()
        elif worker.calls >= self._calls_each:
            threading.Thread(target=worker.close).start()  # its process takes a while to end
        self._free.append(_Worker() if killed or worker.calls >= self._calls_each else worker)
        return Ended(place, lost=KILLED) if killed else Ended(place, future.result())


class _Worker:
    """A pool of one process, which starts with its first call and ends when its pipe is closed."""

    def __init__(self) -> None:
        self._end, self._ours = Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), _start, (self._end,))
        self.calls = 0

    def submit(self, call: Call) -> Future[Any]:
        self.calls += 1
        return self._pool.submit(call)

    def close(self) -> None:
        """Ends a process that has nothing to do."""
        self._pool.shutdown()
        self.kill()

    def kill(self) -> None:
        """Ends a process whatever it does."""
        self._ours.close()
        self._pool.shutdown()
        self._end.close()


def _start(end: Connection) -> None:
    """Prepares a process: one core, no ear for Ctrl-C, which its parent hears, and an end with the pipe."""
    prepare_worker()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(end,), daemon=True).start()


def _end_with(end: Connection) -> None:
    end.poll(None)  # until the other side is closed, by its owner or by the system
    os._exit(1)
