"""Runs programs in the process of the tests, where TensorFlow has started already; each as from its own command line.

What a run prints is caught where a shell would: at the file descriptors.
"""

import contextlib
import gc
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import pytest
import tensorflow as tf
from absl import app, flags

import hetkeras.command_line.device  # noqa: F401  (before any test starts TensorFlow)
from hetkeras.training.trainer import Trainer

ROOT = Path(__file__).parents[2]
LIBRARIES = ("absl", "tensorflow", "tensorboard", "keras")
app.define_help_flags()  # once a process, so it should not be in a run


def run(program, *arguments):
    """Runs `python -m apps.<program> <arguments>` in this process; returns what subprocess.run would.

    The end of a process closes its files and forgets its flags; here the collection of garbage and `new_flags` do.
    """
    command = [program, *map(str, arguments)]
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        with pointing("stdout", stdout), pointing("stderr", stderr), new_flags():
            sys.argv, kept = command, sys.argv
            status = exit_status(f"apps.{program}")
            sys.argv = kept
        if status == 0:  # else nothing was opened, and it takes a while
            gc.collect()
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(stream.read().decode())
    return subprocess.CompletedProcess(command, status, *texts)


def finished(done):
    """Asserts that a solve came to its end, with the status that belongs to its verdict."""
    assert "converged: " in done.stdout, done.stderr
    assert done.returncode == (0 if "converged: True" in done.stdout else 3), done.stderr


@contextlib.contextmanager
def stepwise():
    """Training as it is written, not compiled: that takes longer than the few steps of a test."""
    train = Trainer.run

    def run_eagerly(*arguments):
        tf.config.run_functions_eagerly(True)
        try:
            return train(*arguments)
        finally:
            tf.config.run_functions_eagerly(False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "run", run_eagerly)
        yield


def exit_status(module):
    """Of the module as a program; what the interpreter does at the end."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


@contextlib.contextmanager
def new_flags():
    """Programs define flags of the same names: a run sees those of libraries alone, with their defaults."""
    kept = own_flags()
    flags.FLAGS.remove_flag_values(kept)
    flags.FLAGS.unparse_flags()
    try:
        yield
    finally:
        flags.FLAGS.remove_flag_values(own_flags())
        flags.FLAGS.unparse_flags()
        for name, flag in kept.items():
            flags.FLAGS[name] = flag


def own_flags():
    """Flags by name that no library defines."""
    found = {name: flags.FLAGS[name] for name in flags.FLAGS}
    where = {name: flags.FLAGS.find_module_defining_flag(name, "").split(".")[0] for name in found}
    return {name: flag for name, flag in found.items() if where[name] not in LIBRARIES}


@contextlib.contextmanager
def pointing(name, stream):
    """Points sys.stdout or sys.stderr, and its file descriptor, to a stream."""
    outer, descriptor = getattr(sys, name), {"stdout": 1, "stderr": 2}[name]
    outer.flush()
    kept = os.dup(descriptor)
    os.dup2(stream.fileno(), descriptor)
    try:
        with open(descriptor, "w", encoding="utf-8", closefd=False) as inner:
            setattr(sys, name, inner)
            yield
    finally:
        setattr(sys, name, outer)
        os.dup2(kept, descriptor)
        os.close(kept)
