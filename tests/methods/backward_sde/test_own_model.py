"""A stranger's model with a horizon in one file: trained, exported, reloaded, diagnosed, held to a simulated price."""

import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.errors import CalibrationError
from hetkeras.methods.backward_sde import diagnosis
from hetkeras.report.runs.glossary import explanation
from tests.examples import example

MODEL = example("basket").Basket(num_stocks=2)
SETTINGS = {"num_steps": 600, "time_steps": 10, "batch_size": 64, "warmup_steps": 10}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagnosis, "NUMBERS", 1 << 20)
        return hk.solve(MODEL, tmp_path_factory.mktemp("basket") / "run", solver=SETTINGS, width=16)


def price():
    """All stocks are bought on credit, so that the price is Black and Scholes' at the borrowing rate."""
    half = np.random.default_rng(0).standard_normal((200_000, MODEL.num_stocks))
    noise = MODEL.risk * MODEL.horizon**0.5 * np.concatenate([half, -half])
    stocks = np.exp((MODEL.borrowing_rate - MODEL.risk**2 / 2) * MODEL.horizon + noise)
    return np.exp(-MODEL.borrowing_rate * MODEL.horizon) * np.maximum(stocks.min(-1) - MODEL.strike, 0).mean()


def test_the_value_is_the_price(solved):
    numbers = solved.metadata["measured"]
    assert numbers["converged"], numbers["reason"]
    assert numbers["value"] == pytest.approx(price(), rel=0.01)
    page = (solved.path.parent / "report.html").read_text(encoding="utf-8")
    assert "The value along fresh paths" in page
    assert all(explanation(name) for name in numbers if "seconds" not in name)


def test_what_is_missing_or_impossible_has_no_value_and_the_rest_knows_its_bounds(solved):
    state = np.float32([[1, 1], [np.nan, 1], [1, 1], [9, 1]])
    found = solved.signatures["value"](time=tf.constant([0.0, 0, 0.6, 0]), state=tf.constant(state))
    for name in ("value", "gradient"):
        answered = np.isfinite(found[name].numpy().reshape(4, -1))
        np.testing.assert_array_equal(answered.all(1), [True, False, False, True])
        np.testing.assert_array_equal(answered.any(1), [True, False, False, True])
    np.testing.assert_array_equal(found["in_bounds"], [True, False, False, False])


def test_a_path_ends_at_the_terminal_value(solved):
    frame = hk.simulate(solved, periods=5, seed=1)
    assert frame.index[-1] == pytest.approx(MODEL.horizon)
    assert frame["value"].iloc[-1] == pytest.approx(frame["realized"].iloc[-1])
    with pytest.raises(CalibrationError, match="periods is 1; expected at least 2"):
        hk.simulate(solved, periods=1)
