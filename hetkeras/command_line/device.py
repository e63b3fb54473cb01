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

CACHE_FLAG = "compile_cache", True, "Keep what XLA compiles in the user's cache, for the next run."
flags.DEFINE_bool(*CACHE_FLAG)


def _cache_wanted() -> bool:
    """The flag, before flags are parsed: TensorFlow looks for the cache when it starts, and never again."""
    early = flags.FlagValues()
    flags.DEFINE_bool(*CACHE_FLAG, flag_values=early)
    with contextlib.suppress(flags.Error):  # what is wrong with it is told when all flags are parsed
        early(sys.argv, known_only=True)
    return bool(early["compile_cache"].value)


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
    """Starts the runtime, with memory growth on every GPU."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.constant(0.0)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # at 2 it complains that entries of the cache are no text
compile_cache.start(_cache_wanted())
with quiet_stderr(), nothing_collected():
    import tensorflow as tf

    _start()
tf.get_logger().setLevel("ERROR")
