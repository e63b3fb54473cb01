"""One thread a worker, what XLA compiled before, and how long each test takes."""

import gc
import os

from hetkeras import compile_cache
from tests import quick_compiling
from tests.graph_names import GraphNames
from tests.longest_first import LongestFirst
from tests.processor_seconds import Stopwatch, Summary

gc.disable()  # until all tests are collected: TensorFlow is a million objects that stay
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
quick_compiling.start()
compile_cache.start()


def pytest_addoption(parser):
    parser.addoption("--seconds", help="write what each test takes on one core to this CSV file")


def pytest_collection_finish():
    """What has been imported stays, so that it is not looked through again and again."""
    gc.freeze()
    gc.enable()


def pytest_configure(config):
    hears_all = not hasattr(config, "workerinput")
    if hears_all:
        config.option.loadscopereorder = False  # by the number of tests in a file
    else:
        config.pluginmanager.register(LongestFirst())
    if not (hears_all and getattr(config.option, "numprocesses", None)):  # it runs tests itself
        config.pluginmanager.register(Stopwatch())
        config.pluginmanager.register(GraphNames())
    if hears_all:
        config.pluginmanager.register(Summary(config.getoption("--seconds")))
