"""Where the rules of a solve in branches start."""

from types import SimpleNamespace

import numpy as np
import pytest

from apps.branch_methods import NEAR_RULES, first_branch_rules, make_branch_solver
from apps.firm_methods import read_rules
from hetkeras.models.bloom import Bloom

STATED = {"method": "neural", "damping": 1.0, "memory": 3, "fixed_rules": False, "solver": [], "seed": 0}
SIZES = {"width": 4, "policy_width": 4, "depth": 1, "waves": 0}


def first_lines(model, preset, first_rules=None):
    chosen = SimpleNamespace(preset=preset, first_rules=first_rules, **STATED, **SIZES)
    return make_branch_solver(model, np.zeros(900, int), chosen).round.rules.coefficients.numpy()


@pytest.mark.parametrize(
    ("model", "preset", "near"),
    [(Bloom(), "quick", True), (Bloom(), "paper", False), (Bloom(resale_loss=0.3), "quick", False)],
)
def test_a_first_look_at_the_published_calibration_starts_near(model, preset, near):
    known, rest = np.stack(read_rules(NEAR_RULES, model)), first_branch_rules(model).coefficients.numpy()
    assert np.abs(known - rest).max() > 0.01
    np.testing.assert_array_equal(first_lines(model, preset), known if near else rest)


def test_rules_that_are_named_come_first(tmp_path):
    table = NEAR_RULES.read_text().splitlines()
    file = tmp_path / "rules.csv"
    file.write_text("\n".join([table[0], *reversed(table[1:])]))
    own = np.stack(read_rules(file, Bloom()))
    np.testing.assert_array_equal(first_lines(Bloom(), "quick", str(file)), own)
