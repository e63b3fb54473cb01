"""Names of graphs that depend on the file of a test alone, so that what XLA compiled is found by the next run."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
STRIDE = 1 << 17  # numbers of graphs that a file may use
BLOCK = 1 << 12  # of them between two compiled functions
EARLIER = 16  # strides for what imports compute


class GraphNames:
    """Starts each file at a number of its own; files come in order, also to workers that share them."""

    def __init__(self):
        files = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py"))
        self._places = {file: place for place, file in enumerate(files, EARLIER)}
        self._now = None

    def pytest_runtest_logstart(self, nodeid):
        file = nodeid.partition("::")[0]
        if file != self._now and file in self._places:
            from hetkeras import compiling  # TensorFlow is not for the process that only hears of tests

            compiling.BLOCK, self._now = BLOCK, file
            start = self._places[file] * STRIDE
            if compiling.ops.uid() < start:
                compiling.count_on(start)
