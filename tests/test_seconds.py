"""No test and no file takes long: what the last `make seconds` measured is held here, nothing is timed."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import longest_first
from tests.longest_first import LongestFirst
from tests.processor_seconds import recorded

ROOT = Path(__file__).parents[1]
LONGEST = {"test": 20.0, "file": 60.0}  # seconds on one core with nothing compiled before, set-up in it


def test_the_record_is_of_the_whole_suite():
    known = {file for file, test, _ in recorded() if test == "all" and (ROOT / file).exists()}
    files = {str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py") if "long" not in path.parts}
    assert len(known) > 0.9 * len(files), "run `make seconds`"


@pytest.mark.parametrize("kind", LONGEST)
def test_none_takes_long(kind):
    slow = [row for row in recorded() if (row[1] == "all") == (kind == "file") and row[2] > LONGEST[kind]]
    assert not slow, f"more than {LONGEST[kind]:.0f} s: {slow}"


def test_the_longest_files_start_first_and_tests_of_a_file_stay_in_order(monkeypatch):
    monkeypatch.setattr(
        longest_first, "recorded", lambda: [("b.py", "all", 9.0), ("a.py", "x", 8.0), ("a.py", "all", 8.5)]
    )
    items = [SimpleNamespace(nodeid=name) for name in ("a.py::y", "a.py::x", "b.py::z", "new.py::w")]
    LongestFirst().pytest_collection_modifyitems(items)
    assert [item.nodeid for item in items] == ["new.py::w", "b.py::z", "a.py::y", "a.py::x"]
