"""A stranger's model with Markov-switching opportunities in one file: trained, exported, reloaded and diagnosed."""

import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.methods.jump_diffusion.switching.options import SwitchingOptions, make_settings
from tests.examples import example

MODEL = example("seasons").Seasons()
SHORT = {"num_steps": 300, "batch_size": 64}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    run = tmp_path_factory.mktemp("seasons") / "run"
    return hk.solve(MODEL, run, solver=SHORT, report=False)


def test_the_diagnosis_asks_for_nothing_that_the_contract_does_not_promise(solved):
    numbers = solved.metadata["measured"]
    assert numbers["signature_gap"] < 1e-5
    assert numbers["policy_worth_gap"] <= numbers["policy_worth_limit"]
    assert "frozen_value_full" not in numbers  # the model has no such closed form


def field_values(model, upkeep, nodes=161):
    """Prices [n] and values of one field [2, 2, n], off and on, in its own season and the other: policy iteration."""
    spread = model.volatility / np.sqrt(2 * model.reversion)
    price = model.mean_price + np.linspace(-6, 6, nodes) * spread
    step = price[1] - price[0]
    pull, noise = -model.reversion * (price - model.mean_price) / (2 * step), model.volatility**2 / (2 * step**2)
    up, down = noise + pull, noise - pull  # both above zero on this grid
    up[-1] = down[0] = 0
    motion = np.diag(up[:-1], 1) + np.diag(down[1:], -1) - np.diag(up + down)
    seasons = model.season_rate * np.array([[-1, 1], [1, -1]])
    flow = np.array([[0 * price, 0 * price], [price - upkeep + model.premium, price - upkeep]])
    fixed = np.kron(np.eye(4), motion) + np.kron(np.kron(np.eye(2), seasons), np.eye(nodes))
    fixed -= model.discount_rate * np.eye(4 * nodes)
    off, on = np.arange(nodes), 2 * nodes + np.arange(nodes)  # in its own season
    value = np.zeros(4 * nodes)
    for _ in range(30):
        taken = model.planting_rate * (value[on] - model.planting_cost > value[off])
        system, right = fixed.copy(), flow.ravel().copy()
        for here, after, rate in ((off, on, taken), (on, off, model.failure_rate)):
            system[here, after] += rate
            system[here, here] -= rate
        right[off] -= taken * model.planting_cost
        value, before = np.linalg.solve(system, -right), value
        if np.abs(value - before).max() < 1e-10:
            break
    return price, value.reshape(2, 2, nodes)


def test_the_value_is_the_sum_over_fields(solved):
    status = np.array([[1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]] * 6)
    season, price = np.arange(24) // 4 % 2, MODEL.mean_price + np.linspace(-0.3, 0.3, 24)
    inputs = {"price": price, "status": status}
    inputs = {name: tf.constant(part, tf.float32) for name, part in inputs.items()}
    found = solved.signatures["policy"](**inputs, season=tf.constant(season, tf.int32))["value"].numpy()
    exact = np.zeros(24)
    for field, upkeep in enumerate(MODEL.upkeep):
        grid, values = field_values(MODEL, upkeep)
        rows = values[status[:, field], (season != field // 2).astype(int)]
        exact += [np.interp(at, grid, row) for at, row in zip(price, rows, strict=True)]
    assert np.sqrt(np.mean((found - exact) ** 2) / np.mean(exact**2)) < 0.05


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_solved_by_default(tmp_path, seed):
    solution = hk.solve(MODEL, tmp_path / "run", seed=seed, report=False)
    assert solution.metadata["measured"]["reason"] is None
    assert solution.metadata["measured"]["converged"]


def test_the_update_is_chosen_by_what_there_is_to_sum_over():
    """Without links between sectors Gauss-Newton with little damping, which Adam does not know."""
    own, links = (make_settings(model, SwitchingOptions()) for model in (MODEL, hk.models.ProductionNetwork()))
    assert (own.update, own.num_steps, own.pair_weight, own.last_damping) == ("gauss_newton", 800, 1.0, 1e-5)
    assert (links.update, links.num_steps, links.pair_weight) == ("adam", 6000, 0.05)
    assert make_settings(MODEL, SwitchingOptions(solver=("update=adam",))).num_steps == 6000
    with pytest.raises(hk.CalibrationError, match="learning_rate is of update=adam and update is gauss_newton"):
        make_settings(MODEL, SwitchingOptions(solver=("learning_rate=1e-3",)))


def test_a_path_names_the_common_state_once(solved):
    frame = hk.simulate(solved, periods=3)
    assert list(frame) == ["season", "price", *(f"status_{j + 1}" for j in range(4))]
    assert set(np.unique(frame["season"])) <= {0, 1}
