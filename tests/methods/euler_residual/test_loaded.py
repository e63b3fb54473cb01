"""Policies of symmetric economies once they are exported and loaded: bounds without an end, all agents or one."""

import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import ShapeError
from hetkeras.methods.euler_residual.loaded import loaded_policy
from hetkeras.methods.euler_residual.signatures import symmetric_solution
from hetkeras.models.investment import Investment
from tests.small_solves import make_solver


def test_a_policy_that_explodes_can_be_exported_and_its_bounds_are_null(tmp_path):
    unbounded = {"capital": (-math.inf, math.nan)}
    saved_model.export(
        symmetric_solution(Investment(num_firms=8), lambda agent, industry: 0.1 * agent[..., 0], [], unbounded, {}),
        tmp_path / "m",
    )
    assert saved_model.load(tmp_path / "m").metadata["bounds"]["capital"] == [None, None]


def test_loaded_policies_want_all_agents_where_actions_differ(tmp_path):
    model = Investment(num_firms=8, capital_price_volatility=0.1)
    solver = make_solver(model, "identity", 0, width=8, num_steps=20, idiosyncratic_draws=2)
    saved_model.export(solver.solution(), tmp_path / "m")
    loaded = saved_model.load(tmp_path / "m")
    policy = loaded_policy(loaded.model, loaded.signatures, "float32")
    state = model.initial_state(tf.constant([0, 0]), 3)
    np.testing.assert_allclose(policy(state, state), solver.policy(state, state), rtol=1e-6)
    with pytest.raises(ShapeError, match="expected all"):
        policy(state[:, :2], state)
