"""The Monte Carlo of estimation: data that share nothing with the estimator, and a small study of its own."""

import csv

import numpy as np
import pytest

import hetkeras as hk
from tests.apps.many_runs import new_flags
from tools.measured.monte_carlo import HEADER, TRUTH, summaries
from tools.monte_carlo import example_files
from tools.monte_carlo.plants import DEPRECIATION, INTEREST, frictionless, plants
from tools.monte_carlo.study import BOUNDS, EXAMPLE, example, replicate


@pytest.fixture
def small(monkeypatch):
    """The example with few firms."""
    model = example()
    monkeypatch.setattr(model, "FIRMS", 80)
    model.draws.cache_clear()
    yield model
    model.draws.cache_clear()


def test_capital_by_the_euler_equation_is_that_of_the_closed_form():
    nodes, chosen = frictionless(TRUTH)
    expected = TRUTH["persistence"] * nodes + TRUTH["volatility"] ** 2 / 2
    closed = (np.log(TRUTH["curvature"] / (INTEREST + DEPRECIATION)) + expected) / (1 - TRUTH["curvature"])
    np.testing.assert_allclose(chosen, closed, rtol=1e-9)


def test_data_and_simulation_agree_at_the_truth_and_not_beside_it(small):
    drawn = [list(small.moments(plants(TRUTH, 80, 25, [9, r])).values()) for r in range(60)]
    simulated = [list(small.simulate(TRUTH, 1, r).values()) for r in range(60)]
    beside = list(small.simulate({**TRUTH, "persistence": 0.75}, 60, 0).values())
    error = np.std(drawn, 0) / np.sqrt(60)
    assert np.all(np.abs(np.mean(drawn, 0) - np.mean(simulated, 0)) < 4 * np.sqrt(2) * error)
    assert np.any(np.abs(np.mean(drawn, 0) - beside) > 8 * np.sqrt(2) * error)


def test_a_firm_with_friction_lags_behind():
    slow, fast = (plants(TRUTH, 200, 25, [1, 1], adjustment)["log_capital"] for adjustment in (0.5, 1.0))
    assert np.diff(slow).std() < 0.7 * np.diff(fast).std()


def test_ten_estimates_spread_as_their_standard_errors_say(small):
    """With one simulated panel: scores would spread by 1.4, and J be twice as large, without the factor 1 + 1/S."""
    scores, statistics = [], []
    for seed in range(10):
        moments = small.moments(plants(TRUTH, 80, 25, [8, seed]))
        covariance = hk.parametric_bootstrap(small.simulate, TRUTH, 150, seed)
        found = hk.estimate(
            small.simulate, moments, covariance, BOUNDS, TRUTH, simulations=1, seed=500 + seed, starts=1
        )
        scores.append([(found.parameters[name] - TRUTH[name]) / found.standard_errors[name] for name in TRUTH])
        statistics.append(found.j_test.statistic)
    assert 0.6 < np.std(scores) < 1.3
    assert 1.5 < np.mean(statistics) < 4.5
    assert np.abs(np.mean(scores, 0)).max() < 1.2


def test_a_planted_flat_direction_is_not_identified(small):
    row = replicate("flat direction", 0)
    assert row["not_identified"] == "level"
    assert row["curvature_error"] > 0
    assert row == replicate("flat direction", 0)  # draws depend on the case and the replication alone


def test_the_files_of_the_example_are_those_that_the_tool_writes(tmp_path):
    example_files.write(tmp_path)
    for name in ("moments.csv", "covariance.csv"):
        written, kept = (list(csv.reader((folder / name).open())) for folder in (tmp_path, EXAMPLE.parent))
        assert written[0] == kept[0]
        assert [row[0] for row in written] == [row[0] for row in kept]
        numbers = (np.array([row[1:] for row in rows[1:]], float) for rows in (written, kept))
        np.testing.assert_allclose(*numbers, rtol=1e-6)


def made(case, count, error, p_value, unknown=""):
    """Rows whose estimates of curvature are off by one and by minus one in turn, in units of .01."""
    gaps = [0.01 * (-1) ** place for place in range(count)]
    numbers = [{"curvature": TRUTH["curvature"] + gap, "curvature_error": error} for gap in gaps]
    others = {f"{name}{end}": "" for name in ("persistence", "volatility") for end in ("", "_error")}
    about = {"case": case, "p_value": p_value, "not_identified": unknown, **others}
    return [{**about, **{name: str(value) for name, value in row.items()}} for row in numbers]


def test_the_table_says_bias_spread_coverage_and_size():
    rows = [*made("right", 50, 0.02, "0.5"), *made("right", 50, 0.004, "0.01", "level")]
    (curvature, persistence, _, level) = (dict(zip(HEADER, row, strict=True)) for row in summaries(rows))
    assert curvature["bias in standard errors"].startswith("+0.000 ")
    assert curvature["spread over standard error"].startswith("0.838 ")  # .01005 over the mean of .02 and .004
    assert curvature["95 % intervals that cover"].startswith("50.0 ")
    assert curvature["J tests that reject at 5 %"].startswith("50.0 ")
    assert curvature["not identified"] == "0 of 100"
    assert persistence["bias"] == ""
    assert (level["parameter"], level["not identified"]) == ("level", "50 of 100")


def test_rows_are_written_one_by_one_and_kept(monkeypatch, tmp_path, capsys):
    with new_flags():
        from tools.monte_carlo import __main__ as program  # its flags

        path, tried = tmp_path / "rows.csv", []
        monkeypatch.setattr(program, "replicate", lambda name, place: tried.append((name, place)) or row(name, place))
        for count in (2, 3):
            program.FLAGS(["tools.monte_carlo", f"--csv={path}", f"--replications={count}", "--only=right model"])
            program.main([])
    assert tried == [("right model", 0), ("right model", 1), ("right model", 2)]
    assert [each["replication"] for each in program.kept(path)] == ["0", "1", "2"]
    assert "right model" in capsys.readouterr().out


def row(name, place):
    (made_row,) = made(name, 1, 0.02, "0.5")
    return {**made_row, "replication": place}
