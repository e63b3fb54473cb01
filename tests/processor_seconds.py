"""How long each test takes on one core: processor time, so that other work on the machine does not count."""

import csv
import resource
from collections import defaultdict
from pathlib import Path

import pytest

RECORD = Path(__file__).parents[1] / "docs" / "measured" / "test_seconds.csv"
SHOWN = 20
LEAST = 0.5  # seconds from which a test has a row of its own in the file


def processor_time():
    """Of this process and of those that it has waited for."""
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def recorded():
    """(file, test, seconds) as the last `make seconds` wrote them; "all" is the whole file."""
    with RECORD.open(encoding="utf-8") as stream:
        return [(row["file"], row["test"], float(row["seconds"])) for row in csv.DictReader(stream)]


class Stopwatch:
    """Marks the report of each phase of a test with its seconds, in the process that runs it."""

    def __init__(self):
        self._before = processor_time()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self):
        self._before = processor_time()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self):
        report = yield
        now = processor_time()
        report.processor_seconds, self._before = now - self._before, now
        return report


class Summary:
    """Adds the phases up, in the process that hears of all tests; prints the slowest and writes them to a file.

    Args:
      path: of a CSV with columns file, test, seconds: tests of at least LEAST, then "all" of each file; None for none.
    """

    def __init__(self, path):
        self.path, self.seconds = path, defaultdict(float)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += getattr(report, "processor_seconds", 0.0)

    def rows(self):
        """(file, test, seconds), the slowest first."""
        tests = [(*name.split("::", 1), seconds) for name, seconds in self.seconds.items()]
        files = defaultdict(float)
        for file, _, seconds in tests:
            files[file] += seconds
        tests = [row for row in tests if row[2] >= LEAST] + [(file, "all", total) for file, total in files.items()]
        return sorted(tests, key=lambda row: -row[2])

    def pytest_terminal_summary(self, terminalreporter):
        rows = [row for row in self.rows() if row[1] != "all"][:SHOWN]
        if rows:
            terminalreporter.section(f"{len(rows)} slowest tests, seconds on one core, set-up in them")
        for file, test, seconds in rows:
            terminalreporter.line(f"{seconds:7.1f}  {file}::{test}")
        terminalreporter.line(f"{sum(self.seconds.values()):7.1f}  all tests")

    def pytest_sessionfinish(self):
        if self.path:
            with Path(self.path).open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(("file", "test", "seconds"))
                writer.writerows((file, test, f"{seconds:.1f}") for file, test, seconds in self.rows())
