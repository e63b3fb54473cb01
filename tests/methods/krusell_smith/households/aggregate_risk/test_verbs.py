"""The verbs on households under aggregate shocks: a small solve with its files, its page and a simulation."""

import numpy as np
import pytest

import hetkeras as hk
from hetkeras.errors import CalibrationError
from hetkeras.method import method_of
from hetkeras.report.parts.reading import read_columns

SMALL = ("num_assets=60", "num_mean_capital=4", "histogram_nodes=100", "tolerance=1e-4", "short_periods=1000")


def test_a_small_solve_leaves_its_files_and_simulates(tmp_path):
    solution = hk.solve(hk.models.KrusellSmith(), tmp_path / "run", solver=SMALL, periods=1000, reference=False)
    rules = read_columns(tmp_path / "run/rules.csv", ("capital_intercept", "capital_slope"))
    np.testing.assert_allclose(rules["capital_slope"], [0.965, 0.963], atol=3e-3)
    assert "mean capital" in (tmp_path / "run/report.html").read_text().lower()
    frame = hk.simulate(solution, periods=20, seed=3)
    assert frame["mean_capital"].between(36, 43).all()
    assert set(frame["aggregate"]) <= {0.99, 1.01}


def test_more_nodes_than_memory_holds_are_refused():
    model = hk.models.KrusellSmith()
    method = method_of(model)
    need = method.need(model, method.options.from_dict({"solver": ("num_assets=10000",)}))
    assert need.size > method.need(model, method.options()).size
    with pytest.raises(CalibrationError, match=r"4 states, 8 nodes of mean capital, 10000 nodes of assets takes"):
        need._replace(size=1e18).refuse_beyond_free()


@pytest.mark.parametrize("wrong", [{"method": "grid"}, {"periods": 10}, {"damping": 0.0}])
def test_options_out_of_range_are_refused(wrong):
    options = method_of(hk.models.KrusellSmith()).options
    with pytest.raises(CalibrationError, match=next(iter(wrong))):
        options.from_dict(wrong)
