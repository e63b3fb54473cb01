"""Measuring a solution: in full precision, whatever was set before."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from hetkeras.verbs.diagnose import measured

PRECISION = tf.config.experimental


@pytest.fixture(params=[True, False])
def before(request):
    kept = PRECISION.tensor_float_32_execution_enabled()
    PRECISION.enable_tensor_float_32_execution(request.param)
    yield request.param
    PRECISION.enable_tensor_float_32_execution(kept)


def test_products_are_not_rounded_while_a_solution_is_measured(before):
    seen = []
    method = SimpleNamespace(
        shorter=lambda **options: options,
        measure=lambda loaded, options: (seen.append(PRECISION.tensor_float_32_execution_enabled()), options)[1],
    )
    assert measured(method, None, {"pairs": 3}) == {"pairs": 3}
    assert seen == [False]
    assert PRECISION.tensor_float_32_execution_enabled() == before


def test_what_was_set_comes_back_after_an_error(before):
    method = SimpleNamespace(shorter=dict, measure=lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        measured(method, None, {})
    assert PRECISION.tensor_float_32_execution_enabled() == before
