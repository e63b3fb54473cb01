"""A diffusion with a horizon that contradicts itself is told so before a solve; sound ones are not."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.backward_sde.check import check_diffusion, exchangeable
from hetkeras.models.lq_control import LQControl
from tests.examples import example

Basket = example("basket").Basket
BROKEN = {
    r"initial_state has the shape (0,); expected (D,)": {"initial_state": property(lambda self: np.zeros(0))},
    r"initial_state is NaN or infinite": {"initial_state": property(lambda self: np.full(3, np.inf))},
    r"horizon is 0.0; expected a finite number above 0": {"horizon": 0.0, "__annotations__": {"horizon": float}},
    r"terminal_value gives float64 (32, 5); expected float64 (32,)": {"terminal_value": lambda self, state: state},
    r"driver is NaN or infinite": {"driver": lambda self, time, state, value, loading: value / 0},
    r"volatility is -": {
        "volatility": lambda self, time, state: -self.risk * state,
        "step": lambda self, time, state, span, shocks: Basket.step(self, time, state, span, -shocks),
    },
    r"by other than their volatility": {"volatility": lambda self, time, state: 0.21 * state},
    r"by other than their drift": {"drift": lambda self, time, state: 0.07 * state},
    r"exact_value at the horizon is off": {"exact_value": lambda self, time, state: state.min(-1)},
}


@pytest.mark.parametrize("told", BROKEN)
def test_contradictions_are_told(told):
    broken = dataclasses.dataclass(frozen=True)(type("Broken", (Basket,), BROKEN[told]))
    assert told in " ".join(check_diffusion(broken()))


def test_states_are_exchangeable_or_not():
    weighted = type("Weighted", (LQControl,), {"terminal_value": lambda self, state: tf.reduce_sum(state[..., 1:], -1)})
    assert exchangeable(LQControl(dimension=3))
    assert exchangeable(Basket())
    assert not exchangeable(weighted(dimension=3))
