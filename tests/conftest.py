"""One thread a worker, what XLA compiled before, and how long each test takes."""

import os

from hetkeras import compile_cache
from tests.processor_seconds import Stopwatch, Summary

os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
compile_cache.start()


def pytest_addoption(parser):
    parser.addoption("--seconds", help="write what each test takes on one core to this CSV file")


def pytest_configure(config):
    config.pluginmanager.register(Stopwatch())
    if not hasattr(config, "workerinput"):  # the process that hears of all tests
        config.pluginmanager.register(Summary(config.getoption("--seconds")))
