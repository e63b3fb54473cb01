"""A model of binary states that contradicts itself is told so before a solve; sound ones are not."""

import dataclasses
import re

import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.methods.jump_diffusion.check import check_jumps
from tests.examples import example
from tests.models.export_entry.test_model import CALIBRATIONS, COMMON, EFFORTS
from tests.small_networks import delegates, random_network

Plants, Seasons = example("plants").Plants, example("seasons").Seasons
SOUND = {
    **CALIBRATIONS,
    "all efforts": hk.models.ExportEntry(**COMMON, **EFFORTS),
    "planner": random_network(3, 2, search_cost=0.3, maintenance_cost=0.8, exit_rate=0.4),
    "delegates": delegates(3),
    "plants": Plants(),
    "seasons": Seasons(),
}


@pytest.mark.parametrize("model", SOUND.values(), ids=SOUND)
def test_sound_models_yield_nothing(model):
    assert list(check_jumps(model)) == []


def changed(kind, **members):
    """A model of a subclass with other members."""
    plain = {name: property(each) if name in PROPERTIES else each for name, each in members.items()}
    return dataclasses.dataclass(frozen=True)(type(f"Broken{kind.__name__}", (kind,), plain))()


PROPERTIES = {"switching_costs", "efforts", "max_hazard", "switch_rates", "available_flips", "num_binary"}


def moved_twice(self, state, binary, span, seed, mirrored=False):
    return Plants.diffuse(self, state, binary, 2 * span, seed, mirrored)


def spread_twice(self, state, binary, span, seed, mirrored=False):
    mean = self.mean_demand + (state - self.mean_demand) * tf.exp(-self.reversion * span)[:, None]
    return mean + 2 * (Plants.diffuse(self, state, binary, span, seed, mirrored) - mean)


BROKEN = {
    r"num_binary is 0; expected at least 1": (Plants, {"num_binary": lambda self: 0}),
    r"value_scale is 0.0; expected a finite number above 0": (Plants, {"value_scale": 0.0}),
    r"1 continuous states beside 0 common ones, and 3 elements": (Plants, {"common_state_names": ()}),
    r"switching_costs has the shape \(2,\); expected \(3,\)": (Plants, {"switching_costs": lambda self: np.ones(2)}),
    r"flow gives float64 \(2, 3\); expected float64 \(2,\)": (
        Plants,
        {"flow": lambda self, state, binary: binary * state, "value_scale": 1.0},
    ),
    r"flow fails on float32 tensors": (
        Plants,
        {"flow": lambda self, state, binary: tf.reduce_sum(binary * tf.constant([1.0, 2.0, 3.0], tf.float64), -1)},
    ),
    r"drift is NaN or infinite at a state": (Plants, {"drift": lambda self, state, binary: state * np.nan}),
    r"flow is nan at the state \[.*\]; expected a finite number": (
        Plants,
        {
            "flow": lambda self, state, binary: tf.reduce_sum(binary, -1) * tf.sqrt(state[..., 0]),
            "value_scale": 1.0,
            "element_features": np.eye(3),
        },
    ),
    r"long_run_mean moves at \[-0.2\] per unit of time": (
        Plants,
        {"drift": lambda self, state, binary: -0.4 * (state - 0.5)},
    ),
    r"diffuse moves state 0 by .* expected the drift": (Plants, {"diffuse": moved_twice}),
    r"diffuse spreads state 0 with the variance 0.1[56]\d* per unit of time": (Plants, {"diffuse": spread_twice}),
    r"intensity is -0.1 for a flip from 1; expected no negative rate": (
        Plants,
        {"efforts": lambda self: hk.FlipEfforts(1.0, -0.1)},
    ),
    r"intensity reaches 1 for the flip of binary state 0 from 0; expected at most its max_hazard, 0.5": (
        Plants,
        {"max_hazard": lambda self: np.full((3, 2), [0.5, 1.0])},
    ),
    r"jump_payoff rises in the gain of a flip from 0 by other than its intensity, off by 1": (
        Plants,
        {"jump_payoff": lambda self, binary, gains, valued, which=None: 0 * gains + (1 - 0 * binary) * 0.0},
    ),
    r"switch_rates have the shape \(2, 2\) and the entry -1; expected \[Z, Z\] from 0 up": (
        Seasons,
        {"switch_rates": lambda self: np.array([[-1.0, 1.0], [1.0, -1.0]])},
    ),
    r"switch_rates have 1 on the diagonal in row 0; expected 0": (
        Seasons,
        {"switch_rates": lambda self: np.ones((2, 2))},
    ),
    r"available_flips has 2 rows; expected 3": (Seasons, {"switch_rates": lambda self: 1 - np.eye(3)}),
    r"available_flips does not name each of 4 binary states in one turn": (
        Seasons,
        {"available_flips": lambda self: np.array([[0, 1], [1, 2]])},
    ),
    r"switch leaves regime 0 in a share 0 of draws": (Seasons, {"switch": lambda self, regime, span, seed: regime}),
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_what_contradicts_itself_is_told_in_a_sentence(sentence):
    kind, members = BROKEN[sentence]
    problems = list(check_jumps(changed(kind, **members)))
    assert re.search(sentence, problems[0]), problems


def test_a_solve_refuses_it_before_anything_is_written(tmp_path):
    with pytest.raises(hk.CalibrationError, match="contradicts itself:\n  - diffuse moves state 0"):
        hk.solve(changed(Plants, diffuse=moved_twice), tmp_path / "run", report=False)
    assert not (tmp_path / "run").exists()
