"""Each file of tests starts as a program does, so that what XLA compiled for it is found by the next run.

The cache's key holds the names of graphs and layers and the precision of products. TensorFlow counts graphs along with
tensors, and never back: names would tell which files the same process ran before.
"""

import functools
import itertools
import zlib

STRIDE = 1 << 24  # numbers of graphs that a file may use; tensors are fewer than that of the first file


@functools.cache
def numbers(whose):
    """Counts graphs on from a number that belongs to a file of tests, or to a solve that several share."""
    return itertools.count(zlib.crc32(whose.encode()) * STRIDE).__next__


def once(solve):
    """Runs a solve once for all files that share it; its graphs have the same names whichever file comes first."""

    @functools.cache
    @functools.wraps(solve)
    def solved():
        from tensorflow.python.framework import ops

        names, ops.uid = ops.uid, numbers(f"{solve.__module__}.{solve.__name__}")
        try:
            return solve()
        finally:
            ops.uid = names

    return solved


class GraphNames:
    """Counts graphs and layers anew in each file, from a number of its own; sets the usual precision."""

    def __init__(self):
        self._now = None

    def pytest_runtest_logstart(self, nodeid):
        file = nodeid.partition("::")[0]
        if file == self._now:
            return
        from keras.src.utils import naming  # TensorFlow is not for the process that only hears of tests
        from tensorflow.python.framework import ops

        from hetkeras.provenance import configure_device

        self._now = file
        ops.uid = numbers(file)
        naming.reset_uids()
        configure_device()
