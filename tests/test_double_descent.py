"""Fits by number of coefficients: data are met from where there are as many, and what overfits most is in between."""

import numpy as np

from hetkeras.models.investment import Investment
from tools.double_descent import STATES, errors

SIZES = (10, STATES, 20 * STATES)


def test_errors_rise_to_where_data_are_met_and_fall_beyond():
    model = Investment(num_firms=32)
    few, even, many = np.median([errors(model, seed, SIZES) for seed in range(5)], 0)
    assert few[0] > 1e-3 > 1e-10 > many[0]  # noise is smoothed, then learned by heart
    assert even[1] > 3 * max(few[1], many[1])
