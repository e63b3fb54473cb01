"""What a simulation of firms with branches tells of the shocks that it draws."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, drawn_path
from hetkeras.methods.krusell_smith.branching import verbs
from hetkeras.models import Bloom


def test_a_simulation_tells_productivity_and_uncertainty(monkeypatch):
    paths = []
    economies = SimpleNamespace(run=lambda path: paths.append(path) or SimpleNamespace(series={"price": 1.0 * path}))
    monkeypatch.setattr(verbs, "BranchingEconomies", lambda *_: economies)
    model = Bloom()
    loaded = SimpleNamespace(model=model, signatures={}, metadata={"training": {}})
    monkeypatch.setattr(verbs, "LoadedBranchPolicy", lambda *_: None)
    told = verbs.BranchingKrusellSmithMethod().simulate(loaded, 200, 3)
    states = drawn_path(model.aggregate_chain, BURN_IN + 200, 3)[BURN_IN:]
    assert set(told["uncertainty"]) == {0, 1}
    now = [tf.constant(told[name][1:], tf.float64) for name in ("aggregate", "uncertainty")]
    found = model.aggregate_index(*now, tf.constant(told["uncertainty"][:-1], tf.float64))
    np.testing.assert_array_equal(found, states[1:])
    np.testing.assert_array_equal(told["price"], paths[0][BURN_IN:, 0])
