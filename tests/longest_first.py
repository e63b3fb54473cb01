"""Files that take longest start first: no process ends long after the others."""

import math

import pytest

from tests.processor_seconds import recorded


class LongestFirst:
    """Sorts tests by the seconds of their file in the record; files that it does not know come first."""

    def __init__(self):
        self._seconds = {file: seconds for file, test, seconds in recorded() if test == "all"}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda item: -self._seconds.get(item.nodeid.partition("::")[0], math.inf))
