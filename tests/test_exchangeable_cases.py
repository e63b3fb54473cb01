"""Errors of cases that are all alike: what is level, what is shape; and all cases have exact values."""

from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras.contracts.binary_elements import exchangeable
from hetkeras.models.export_entry.model import ExportEntry
from tools.exchangeable_cases import CASES, errors


def test_a_constant_is_level_and_the_rest_is_shape():
    known = SimpleNamespace(value=np.array([3.0, 4.0, -5.0, 6.0]))
    unit = np.sqrt(np.mean(known.value**2))
    wave = np.array([1.0, -1.0, 1.0, -1.0])
    rms, largest, level, shape = errors(known.value + 0.3 + 0.4 * wave, known)
    assert (rms * unit, largest * unit) == pytest.approx((0.5, 0.7))
    assert (level * unit, shape * unit) == pytest.approx((0.3, 0.4))


def test_cases_are_alike_and_from_ten_to_a_hundred():
    assert all(map(exchangeable, CASES.values()))
    sizes = [model.num_destinations for model in CASES.values()]
    assert (min(sizes), max(sizes)) == (10, 100)
    assert not any(model == ExportEntry(num_destinations=model.num_destinations) for model in CASES.values())
