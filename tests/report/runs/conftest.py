"""The directory of a run with a value over binary states."""

import pytest

from tests.report.flip_files import write_flip_run


@pytest.fixture
def flip_run(tmp_path):
    return write_flip_run(tmp_path / "flips")
