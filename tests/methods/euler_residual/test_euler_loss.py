"""The Euler loss against residuals computed by hand, and at policies that solve the equation."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.methods.euler_residual.euler_loss import euler_loss
from hetkeras.models.investment import Investment
from hetkeras.numerics.random_draws import Shocks

COMMON = Investment(num_firms=4, demand_curvature=1.5, idiosyncratic_volatility=0.05, aggregate_volatility=0.02)
OWN = Investment(
    num_firms=4,
    demand_curvature=1.5,
    returns_to_scale=0.8,
    productivity_types=(0.8, 1.3),
    type_shares=(0.5, 0.5),
    idiosyncratic_volatility=0.05,
    aggregate_volatility=0.02,
    capital_price_persistence=0.6,
    capital_price_volatility=0.1,
)
LINEAR = Investment(num_firms=128)
LINEAR_OWN = Investment(
    num_firms=4,
    productivity_types=(0.8, 1.3),
    type_shares=(0.5, 0.5),
    capital_price_persistence=0.6,
    capital_price_volatility=0.1,
)
SCALE = 0.37


def common_policy(agent, industry):
    """So low that all residuals are negative."""
    return 0.01 * tf.reduce_mean(industry[..., 0], -1, keepdims=True)


def own_policy(agent, industry):
    """Affine in the agent's three states and the mean capital."""
    mean = tf.reduce_mean(industry[..., 0], -1, keepdims=True)
    return 0.03 + 0.02 * mean - 0.01 * agent[..., 0] + 0.04 * agent[..., 1] - 0.05 * agent[..., 2]


def problem(model, num_draws=2):
    state = model.initial_state(tf.constant([1, 2]), 3, tf.float64)
    shocks, weights = model.shocks.quadrature(tf.constant([3, 4]), 3, model.num_firms, 3, num_draws, tf.float64)
    return state, shocks, weights


def loss_of(model, policy, agents=None, num_draws=2, scale=SCALE):
    state, shocks, weights = problem(model, num_draws)
    action = policy(model.deciding_agents(state), state)
    return euler_loss(model, policy, state, action, shocks, weights, scale, agents)


def by_hand(model, action_of, agents):
    """Marginal costs and discounted returns [B, K], one agent, path and node at a time, as in the paper.

    action_of: (x, z, kappa, mean x) -> u.
    """
    state, shocks, weights = (np.asarray(each) for each in _arrays(problem(model)))
    m, keep = model, 1 - model.depreciation
    costs, returns = np.zeros((len(state), len(agents))), np.zeros((len(state), len(agents)))
    for b, industry in enumerate(state):
        x, z, kappa = (industry[:, d] for d in range(3))
        u = np.array([action_of(x[i], z[i], kappa[i], x.mean()) for i in range(len(x))])
        costs[b] = (m.adjustment_cost * u + kappa)[agents]
        for q, weight in enumerate(weights):
            noise, price_noise, common = shocks[q, b, :, 0], shocks[q, b, :, 1], shocks[q, b, 0, 2]
            x1 = keep * x + u + m.idiosyncratic_volatility * noise + m.aggregate_volatility * common
            kappa1 = m.capital_price_persistence * kappa + m.capital_price_volatility * price_noise
            supply = np.mean((z * x1**m.returns_to_scale) ** m.demand_curvature)
            price = m.demand_intercept - m.demand_slope * supply
            for k, i in enumerate(agents):
                payoff = price * z[i] * m.returns_to_scale * x1[i] ** (m.returns_to_scale - 1)
                margin = m.adjustment_cost * action_of(x1[i], z[i], kappa1[i], x1.mean()) + kappa1[i]
                returns[b, k] += m.discount_factor * weight * (payoff + keep * margin)
    return costs, returns


def _arrays(problem):
    """State with all three columns, shocks [Q, B, N, (noise, price noise, common)], weights."""
    state, shocks, weights = problem
    state, noise = state.numpy(), shocks.idiosyncratic.numpy()
    if state.shape[-1] == 1:
        state = np.concatenate([state, np.ones_like(state), np.zeros_like(state)], -1)
        noise = np.concatenate([noise, np.zeros_like(noise)], -1)
    common = np.broadcast_to(shocks.aggregate.numpy()[..., None, None], (*noise.shape[:-1], 1))
    return state, np.concatenate([noise, common], -1), weights


CASES = {
    "common": (COMMON, common_policy, lambda x, z, kappa, mean: 0.01 * mean, None, [0]),
    "own": (
        OWN,
        own_policy,
        lambda *s: 0.03 + 0.02 * s[3] - 0.01 * s[0] + 0.04 * s[1] - 0.05 * s[2],
        None,
        [0, 1, 2, 3],
    ),
    "some": (OWN, own_policy, lambda *s: 0.03 + 0.02 * s[3] - 0.01 * s[0] + 0.04 * s[1] - 0.05 * s[2], [3, 1], [3, 1]),
}


@pytest.mark.parametrize("case", CASES)
def test_against_residuals_by_hand(case):
    """Common action; own actions of all agents; own actions of some, in any order."""
    model, policy, action_of, agents, which = CASES[case]
    costs, returns = by_hand(model, action_of, which)
    residual = (costs - returns) / SCALE
    found, metrics = loss_of(model, policy, None if agents is None else tf.constant(agents))
    assert float(found) == pytest.approx(np.mean(residual**2), rel=1e-12)
    assert float(metrics["residual_rms"]) == pytest.approx(np.sqrt(np.mean(residual**2)), rel=1e-12)
    assert float(metrics["residual_max"]) == pytest.approx(np.max(np.abs(residual)), rel=1e-12)
    assert float(metrics["marginal_cost"]) == pytest.approx(np.mean(costs), rel=1e-12)
    assert float(metrics["discounted_return"]) == pytest.approx(np.mean(returns), rel=1e-12)


@pytest.mark.parametrize(("model", "num_draws"), [(LINEAR, 1), (LINEAR, 4), (LINEAR_OWN, 4)])
@pytest.mark.parametrize("root", [0, 1])
def test_zero_at_both_roots_of_the_linear_economy(model, root, num_draws):
    """The stable root and the explosive one: the loss cannot tell them apart, which is why the solver has to.

    One standardised draw is exact for a common action only; with antithetic pairs every agent is exact.
    """
    roots = model.affine_roots()
    weight = np.mean(np.square(model.productivities())) / model.adjustment_cost
    assert (abs(1 - model.depreciation + weight * roots[root][1]) > 1) == bool(root)
    exact = loss_of(model, model.affine_policy(*roots[root]), num_draws=num_draws, scale=1.0)
    assert float(exact.loss) < 1e-27
    nearby = model.affine_policy(1.001 * roots[root][0], *roots[root][1:])
    assert float(loss_of(model, nearby, num_draws=num_draws, scale=1.0).loss) > 1e-8


def test_squared_after_the_expectation():
    """At the exact policy each node's own residual is far from zero; only their average vanishes."""
    model = Investment(num_firms=4, aggregate_volatility=0.1)
    policy = model.closed_form()
    state, shocks, weights = problem(model)
    action, one = policy(model.deciding_agents(state), state), tf.ones(1, tf.float64)
    for q in range(len(weights)):
        node = Shocks(*(part[q : q + 1] for part in shocks))
        alone = float(euler_loss(model, policy, state, action, node, one, 1.0).loss)
        assert (alone > 1e-4) == (abs(float(shocks.aggregate[q, 0])) > 0.1)
    assert float(euler_loss(model, policy, state, action, shocks, weights, 1.0).loss) < 1e-27


@pytest.mark.parametrize("shape", [(4, 1), (2, 3, 4, 1)])
def test_state_of_another_rank_is_refused(shape):
    _, shocks, weights = problem(COMMON)
    with pytest.raises(ShapeError, match=r"euler_loss got a state of shape .*; expected \[B, N, D\]"):
        euler_loss(COMMON, common_policy, tf.ones(shape, tf.float64), tf.ones((3, 1)), shocks, weights, 1.0)
