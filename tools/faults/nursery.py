"""Runs command lines of `hetkeras`, each in a fork of one process that has imported everything, which takes seconds.

TensorFlow's runtime is not started before the fork, since its threads would not come along.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hetkeras.command_line.quiet import quiet_stderr

ROOT = Path(__file__).parents[2]
IMPORTED = ("keras", "hetkeras.verbs.solve", "hetkeras.report.page", "hetkeras.command_line.table")
LATE = 124  # exit status of what took too long, as of the command `timeout`


class Ended(NamedTuple):
    """How a command line ended: exit status, minus the signal that killed it, and what it printed."""

    status: int
    out: str
    err: str


class Nursery:
    """The process that forks.

    Args:
      megabytes: of data that a command line may have beside what is imported.
      seconds: that it may take.
    """

    def __init__(self, megabytes: int = 6000, seconds: int = 60) -> None:
        command = [sys.executable, "-m", "tools.faults.nursery", str(megabytes), str(seconds)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, words: Sequence[str], folder: Path) -> Ended:
        """Runs `hetkeras` with the words, in the folder."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"words": [*words], "folder": str(folder)}) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextlib.contextmanager
def nursery(megabytes: int = 6000, seconds: int = 60) -> Iterator[Nursery]:
    """A nursery, for `with`."""
    with contextlib.closing(Nursery(megabytes, seconds)) as one:
        yield one


def serve(megabytes: int, seconds: int) -> None:
    """Answers requests until there are no more."""
    with quiet_stderr():
        for module in IMPORTED:
            importlib.import_module(module)
        importlib.import_module("hetkeras.method").contracts()  # imports the methods
    for line in sys.stdin:
        print(json.dumps(forked(**json.loads(line), megabytes=megabytes, seconds=seconds)._asdict()), flush=True)


def forked(words: list[str], folder: str, megabytes: int, seconds: int) -> Ended:
    """Runs one command line in a fork, with its limits."""
    with open(os.memfd_create("out"), "w+b") as out, open(os.memfd_create("err"), "w+b") as err:
        if not (child := os.fork()):
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.chdir(folder)
            resource.setrlimit(resource.RLIMIT_DATA, (data_size() + (megabytes << 20),) * 2)
            status = exit_status(words)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        status = waited(child, seconds)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    return Ended(status, *texts)


def waited(child: int, seconds: int) -> int:
    """Waits for a child, kills it when its time is over, and returns its exit status."""
    with open(os.pidfd_open(child), "rb") as ended:
        late = not select.select([ended], [], [], seconds)[0]
    if late:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return LATE if late else status


def exit_status(words: list[str]) -> int:
    """Of the command line; what the interpreter does at the end."""
    sys.argv = ["hetkeras", *words]
    try:
        importlib.import_module("hetkeras.command_line.main").main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def data_size() -> int:
    """Bytes of data that this process has."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData"))


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:]))
