"""What explains the biases of the paper's losses: least squares and the divisor, against equations solved otherwise."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.references.production_network.network_planner import NetworkPlanner
from tests.small_networks import random_network
from tools.paper_biases import compromise, divided, known_at

MODEL = random_network(2, 1, risk_aversion=2.0)


@pytest.fixture(scope="module")
def known():
    found = known_at(MODEL, {})
    return found._replace(
        **{name: getattr(found, name)[:6] for name in ("state", "binary", "value", "worth", "regime")}
    )


def test_the_losses_ask_for_what_nobody_else_does_in_between(known):
    """No pull without a weight or with the compensator; ever nearer the frozen value with more weight."""
    frozen = MODEL.frozen_value(tf.constant(known.state), tf.constant(known.binary)).numpy() - known.value

    def off(**chosen):
        return compromise(MODEL, known, PaperSettings(**chosen))

    np.testing.assert_allclose(off(weight=0.0), 0, atol=1e-9)
    np.testing.assert_allclose(off(compensated=1), 0, atol=1e-9)
    shares = [off(weight=weight) @ frozen / (frozen @ frozen) for weight in (0.1, 1.0, 10.0, 1e6)]
    assert 0 < shares[0] < shares[1] < shares[2] < shares[3]
    assert shares[3] == pytest.approx(1, abs=0.1)  # productivity stays there, and here it does not


def test_the_divisor_slows_all_that_moves():
    """All rates and the diffusion over P, solved on a grid of a slower economy."""
    settings = PaperSettings(difference_step=0.2)
    divisor = 1 - 2 * np.expm1(-0.2 * MODEL.switch_rate)
    names = "switch_rate", "arrival_rate", "destruction_rate", "reversion"
    slowed = {name: getattr(MODEL, name) / divisor for name in names}
    loadings = tuple(np.array(MODEL.productivity_loadings) / divisor**0.5)
    slow = dataclasses.replace(MODEL, productivity_loadings=loadings, **slowed)
    known = known_at(MODEL, {})
    factors = (known.state - MODEL.mean_state) @ np.linalg.pinv(slow.factor_loadings).T
    exact = NetworkPlanner(slow, 101).value(known.binary.reshape(-1, 2, 2).astype(int), known.regime, factors)
    np.testing.assert_allclose(divided(MODEL, settings), exact, atol=1e-5 * np.ptp(exact))
    plain = divided(MODEL, PaperSettings(normalised=0))
    np.testing.assert_allclose(plain, known.value, rtol=1e-12)
