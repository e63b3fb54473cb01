"""Losses on fresh paths: what a value that is off by a constant loses, to the digit, and blocks are other paths."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

import tools.paper_tables as tables
from hetkeras.methods.jump_diffusion.paper_losses import STEP
from hetkeras.models.export_entry.model import ExportEntry

# Nobody enters and nothing is lost often: the value is that of never entering, known in closed form.
MODEL = ExportEntry(num_destinations=2, complementarity=(0.0,), entry_cost=(1e4,))


def shipped(off):
    """A policy whose value is the closed form plus a constant."""

    def policy(active, cost):
        found = MODEL.baseline(cost, active)
        gains = (1 - 2 * active) * found.gains
        return {"value": found.value + off, "entry_gain": gains, "enter": gains > 1e4, "rate": 0 * gains}

    return SimpleNamespace(model=MODEL, signatures={"policy": policy})


def test_a_constant_in_the_value_is_found_in_every_step_of_every_path(monkeypatch):
    monkeypatch.setattr(tables, "BLOCK", 8)
    off = tables.path_losses(shipped(2.0), 20, 3)
    assert off.shape == (2, 20)
    seeds = [tf.constant([tables.SEED, block]) for block in range(3)]
    drawn = [MODEL.sample(seed, 8) for seed in seeds]
    value = np.concatenate([MODEL.baseline(*each).value for each in drawn])[:20] + 2.0
    np.testing.assert_allclose(off[0], (MODEL.discount_rate * STEP * 2.0 / value) ** 2, rtol=0.02)
    np.testing.assert_allclose(off[1], off[0], rtol=0.02)  # the value is linear in costs: no curvature to be missed
    assert not np.array_equal(off[0, :8], off[0, 8:16])  # no block repeats another
