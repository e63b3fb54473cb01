"""The part of a batch that a replica trains on."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.training.share import Share

BATCH = tf.reshape(tf.range(24.0), (2, 6, 2))


def test_shares_are_the_batch_in_its_order():
    cut = [Share(place, 3).of({"a": BATCH}, 1)["a"] for place in range(3)]
    np.testing.assert_array_equal(tf.concat(cut, 1), BATCH)
    assert Share().of(BATCH) is BATCH


def test_rows_among_zeros_add_up_to_the_batch():
    rows = BATCH[0]
    spread = [Share(place, 3).spread(Share(place, 3).of(rows)) for place in range(3)]
    np.testing.assert_array_equal(sum(spread), rows)


def test_a_batch_that_cannot_be_cut_evenly_is_refused():
    Share(0, 3).refuse_uneven("batch_size", 6)
    with pytest.raises(
        CalibrationError, match=r"batch_size is 8 and 3 replicas share it; .* with --solver=batch_size=9"
    ):
        Share(0, 3).refuse_uneven("batch_size", 8)
