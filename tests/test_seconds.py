"""No test and no file takes long: what the last `make seconds` measured is held here, nothing is timed."""

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = {"test": 20.0, "file": 60.0}  # seconds on one core with nothing compiled before, set-up in it


def measured():
    with (ROOT / "docs" / "measured" / "test_seconds.csv").open(encoding="utf-8") as stream:
        return [(row["file"], row["test"], float(row["seconds"])) for row in csv.DictReader(stream)]


def test_the_record_is_of_the_whole_suite():
    recorded = {file for file, test, _ in measured() if test == "all" and (ROOT / file).exists()}
    files = {str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py") if "long" not in path.parts}
    assert len(recorded) > 0.9 * len(files), "run `make seconds`"


@pytest.mark.parametrize("kind", LONGEST)
def test_none_takes_long(kind):
    slow = [row for row in measured() if (row[1] == "all") == (kind == "file") and row[2] > LONGEST[kind]]
    assert not slow, f"more than {LONGEST[kind]:.0f} s: {slow}"
