"""What programs do while TensorFlow is imported."""

import gc

import pytest

from hetkeras.command_line.device import nothing_collected


@pytest.mark.parametrize("switch", [gc.enable, gc.disable])
def test_garbage_is_looked_for_afterwards_as_before(switch):
    switch()
    try:
        before = gc.isenabled()
        with nothing_collected():
            assert not gc.isenabled()
            kept = [[]]
        assert gc.isenabled() == before
        assert all(kept is not each for each in gc.get_objects())  # what was made stays and is not looked through
    finally:
        gc.enable()
