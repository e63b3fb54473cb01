"""Runs a program several times in one process, which starts TensorFlow once; each run as from its own command line.

`python -m tests.apps.many_runs apps.solve_investment` reads [[flag, ...], ...] and writes [{"returncode", "stdout",
"stderr"}, ...], both JSON. What a run prints is caught where a shell would: at the file descriptors.
"""

import contextlib
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from absl import flags
from absl.testing import flagsaver

from apps.common import run_app

ROOT = Path(__file__).parents[2]


def run_many(program, cases, timeout=900):
    """Runs apps.<program> once for each list of flags; returns what subprocess.run would, for each."""
    command = [sys.executable, "-m", "tests.apps.many_runs", f"apps.{program}"]
    text = json.dumps([[str(flag) for flag in case] for case in cases])
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr
    return [subprocess.CompletedProcess(case, **one) for case, one in zip(cases, json.loads(done.stdout), strict=True)]


def run_once(main, argv):
    """Runs main as `python -m` does; returns exit status, standard output and standard error.

    The end of a process closes its files and forgets its flags; here the collection of garbage and absl do.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        with pointing(1, stdout), pointing(2, stderr), flagsaver.flagsaver():
            flags.FLAGS.unparse_flags()
            sys.argv = argv
            status = exit_status(main)
        gc.collect()
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(stream.read().decode())
    return {"returncode": status, "stdout": texts[0], "stderr": texts[1]}


def exit_status(main):
    """What the interpreter does at the end of a program."""
    try:
        run_app(main)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


@contextlib.contextmanager
def pointing(descriptor, stream):
    """Points a file descriptor to a stream."""
    flush()
    kept = os.dup(descriptor)
    os.dup2(stream.fileno(), descriptor)
    try:
        yield
    finally:
        flush()
        os.dup2(kept, descriptor)
        os.close(kept)


def flush():
    sys.stdout.flush()
    sys.stderr.flush()


if __name__ == "__main__":
    module = importlib.import_module(sys.argv[1])
    print(json.dumps([run_once(module.main, [module.__file__, *flags]) for flags in json.load(sys.stdin)]))
