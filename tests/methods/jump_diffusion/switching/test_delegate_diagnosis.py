"""At the equilibrium of two sectors that decide themselves the equations hold, and delegates are worth what it says."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.switching import diagnosis as turns
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.paths import TurnPaths
from hetkeras.references.production_network.delegate_equilibrium import DelegateEquilibrium
from tests.small_networks import delegates


class Exact(LoadedTurnPolicy):
    """Says what the equilibrium is, to whoever is asked."""

    def __init__(self, model):
        self.model, self.solved = model, DelegateEquilibrium(model, 41)
        self._signatures = {"exact": self.exact}

    def exact(self, links, productivity, delegate_turn):
        found = tf.numpy_function(self.grid, (links, productivity, delegate_turn), (tf.float64,) * 3)
        size = delegate_turn.shape[0]
        shapes = {"value": (size, 4), "link_gain": (size, 2), "decision": (size, 2)}
        return {name: tf.ensure_shape(part, shapes[name]) for name, part in zip(shapes, found, strict=True)}

    def grid(self, links, productivity, delegate_turn):
        table, row = links.reshape(-1, 2, 2).astype(int), np.arange(len(links))
        loadings, (delegate, sector) = self.model.factor_loadings, np.divmod(delegate_turn, 2)
        factors = (productivity - self.model.mean_state) @ loadings / (loadings**2).sum()
        values = np.stack([self.solved.value(table, np.full(len(table), z), factors) for z in range(2)], -1)
        gains = self.solved.link_gains(table, sector, factors)
        decision = gains[row, sector] + self.model.joint * np.einsum("bll->bl", gains)
        return values.reshape(-1, 4), gains[row, delegate], decision


@pytest.mark.parametrize("joint", [0, 1])
def test_the_equilibrium_is_worth_what_it_says(joint, monkeypatch):
    """Loops call NumPy here, which XLA does not know."""
    model = delegates(2, joint=joint, link_cost=(0.3,), bargaining_power=0.3)
    policy, plain = Exact(model), TurnPaths.__init__

    def init(self, *arguments):
        plain(self, *arguments)
        self._loop = tf.function(self._moved, autograph=False)

    monkeypatch.setattr(TurnPaths, "__init__", init)
    monkeypatch.setattr(turns, "PATHS", 60)
    monkeypatch.setattr(turns, "TAIL", 0.02)
    states = turns.drawn_states(model)
    size = turns.residuals(model, policy, *states)
    assert np.quantile(np.abs(size), 0.9) < 0.02
    numbers = turns._worth(turns.own_paths(policy))
    assert numbers["policy_worth_gap"] < 3 * numbers["policy_worth_error"] + 2e-3 * model.value_scale
    assert numbers["policy_worth_error"] < 0.03 * model.value_scale
    other = dataclasses.replace(model, bargaining_power=0.8, link_cost=(0.1,))  # what others would have paid
    policy.model = other
    assert turns._worth(turns.own_paths(policy))["policy_worth_gap"] > 3 * numbers["policy_worth_error"]
