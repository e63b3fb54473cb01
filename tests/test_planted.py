"""Plants of the campaign: they are where shipped models have something to plant them in, and change it as they say.

That they are refused takes a diagnosis each and is left to the campaign; tests of the methods plant the same kinds.
"""

import collections

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.saved_model import read_metadata
from tools.faults.planted import COORDINATES, EVERYWHERE, PLANTS, SHIPPED, Plant, planted_function


def test_there_are_twenty_of_them_in_four_families():
    assert len(PLANTS) >= 20
    assert min(collections.Counter(plant.model for plant in PLANTS).values()) >= 3
    assert len({plant[:-2] for plant in PLANTS}) >= 4


@pytest.mark.parametrize("plant", [*PLANTS, *EVERYWHERE], ids=lambda plant: f"{plant.model}: {plant.name}")
def test_a_plant_is_in_an_output_that_ships(plant):
    signature = read_metadata(SHIPPED / plant.model)["signatures"][plant.function]
    assert {plant.output, *plant.along} <= set(signature["outputs"])
    assert not plant.added or plant.added in signature["inputs"]
    COORDINATES[plant.coordinate]({name: tf.ones((2, 3)) for name in signature["inputs"]})


@pytest.mark.parametrize(("added", "expected"), [("", 0.03), ("capital_next", 0.1)])
def test_a_bump_is_where_it_is_planted_and_nowhere_else(added, expected):
    plant = Plant("m", "f", "value", "log mean capital", 0.5, 0.1, 0.01, added)
    inputs = {"mean_capital": tf.exp(tf.constant([0.5, 0.6, 2.0], tf.float64))}
    inputs["capital_next"] = tf.fill((3,), tf.constant(10.0, tf.float64))
    numbers = tf.constant([plant.place, plant.width, plant.size], tf.float64)
    found = planted_function(lambda **_: {"value": tf.fill((3,), tf.constant(3.0, tf.float64))}, plant, numbers)
    np.testing.assert_allclose(found(**inputs)["value"] - 3, expected * np.exp([0, -1, -225.0]), atol=1e-12)
