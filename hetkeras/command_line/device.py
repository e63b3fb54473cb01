"""TensorFlow's start-up and the device that it computes on. Importing this starts TensorFlow without its chatter."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator

from absl import flags

from hetkeras import compile_cache
from hetkeras.command_line.quiet import quiet_stderr
from hetkeras.errors import CalibrationError

CACHE_FLAG = "compile_cache", True, "Keep what XLA compiles in the user's cache, for the next run."
flags.DEFINE_bool(*CACHE_FLAG)


def _early() -> flags.FlagValues:
    """Flags that TensorFlow must know when it starts, before all flags are parsed."""
    early = flags.FlagValues()
    flags.DEFINE_bool(*CACHE_FLAG, flag_values=early)
    flags.DEFINE_integer("workers", 1, "As of a solve.", flag_values=early)
    with contextlib.suppress(flags.Error):  # what is wrong with it is told when all flags are parsed
        early(sys.argv, known_only=True)
    return early


@contextlib.contextmanager
def nothing_collected() -> Iterator[None]:
    """Imports without looking for garbage: TensorFlow makes a million objects, and all of them stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def _start() -> None:
    """Starts the runtime, with memory growth on every GPU, and meets the other processes where there are some."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    try:
        join(int(EARLY["workers"].value or 1))
    except CalibrationError as error:
        sys.exit(f"error: {error}")
    tf.constant(0.0)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # at 2 it complains that entries of the cache are no text
EARLY = _early()
compile_cache.start(bool(EARLY["compile_cache"].value))
with quiet_stderr(), nothing_collected():
    import tensorflow as tf

    from hetkeras.training.cluster import join

    _start()
tf.get_logger().setLevel("ERROR")
