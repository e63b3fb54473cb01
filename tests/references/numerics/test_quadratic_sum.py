"""The closed form against the sum itself, by the first two moments of m along its law."""

import pytest

from hetkeras.references.numerics.quadratic_sum import quadratic_sum


@pytest.mark.parametrize("variance", [(0.3, 0.0), (0.1, 0.2)])
def test_it_is_the_sum_of_expected_payoffs(variance):
    discount, (f0, f1, f2), (a0, a1), start = 0.9, (0.5, -1.0, 0.7), (0.2, 0.6), 1.7
    total, mean, square = 0.0, start, start**2
    for t in range(600):
        total += discount**t * (f0 + f1 * mean + f2 * square)
        square = a0**2 + 2 * a0 * a1 * mean + (a1**2 + variance[1]) * square + variance[0]
        mean = a0 + a1 * mean
    w0, w1, w2 = quadratic_sum(discount, (f0, f1, f2), (a0, a1), variance)
    assert w0 + w1 * start + w2 * start**2 == pytest.approx(total, rel=1e-12)
