"""The value of firms on a grid at Terry's rules, solved once for several diagnoses."""

import tensorflow as tf

from hetkeras.methods.krusell_smith.lumpy.grid_value import GridValue
from tests.graph_names import once
from tests.small_firms import MODEL, terry_rules


@once
def solved_grid():
    """Tests leave it as it is."""
    grid = GridValue(MODEL, terry_rules(), 10, 10)
    residual, _ = grid.iterate(tf.constant(200), tf.constant(50), tf.constant(1e-11, tf.float64))
    assert float(residual) < 1e-11
    return grid
