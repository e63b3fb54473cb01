import numpy as np
import pytest

from hetkeras.report.parts import figures, formats, pictures

PERIODS = np.arange(5)


def test_the_picture_is_rgb_and_shows_the_reference():
    action = 0.02 + 0.001 * PERIODS
    alone, beside = pictures.policy_picture(PERIODS, action), pictures.policy_picture(PERIODS, action, action * 1.1)
    for image in (alone, beside):
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
    orange = np.array([0xD5, 0x5E, 0x00])
    assert not (alone == orange).all(-1).any()
    assert (beside == orange).all(-1).any()


def test_the_lower_panel_is_the_relative_error_in_percent():
    paths = {"period": PERIODS, "action": np.full(5, 1.02), "reference_action": np.array([1, 1, 1, 0, 2.04])}
    _, lower = figures.policy_figure({"": paths}, "action").axes
    np.testing.assert_allclose(lower.lines[-1].get_ydata(), [2, 2, 2, np.nan, -50])


def test_whiskers_run_from_the_lowest_to_the_highest():
    values = np.array([[1.0, 2.0], [2.0, 3.0], [4.0, np.inf]])
    (axes,) = figures.size_figure(np.array([2, 128]), {"time (s)": values}).axes
    ends = [segment[:, 1].tolist() for segment in axes.collections[0].get_segments()]
    assert ends == [[1, 4], [2, 3]]


def test_the_guide_replaces_a_missing_prediction():
    columns = {"num_agents": np.array([2.0, 8.0]), "residual_sd": np.array([0.02, 0.01])}
    drawn = {}
    for name, analytic in (("measured only", [np.nan, np.nan]), ("both", [0.021, 0.011])):
        axes = figures.concentration_figure({**columns, "analytic_sd": np.array(analytic)}).axes[0]
        drawn[name] = {line.get_label(): line.get_ydata().tolist() for line in axes.lines}
    assert drawn["measured only"] == {"slope −1/2": [0.02, 0.01], "measured": [0.02, 0.01]}
    assert drawn["both"] == {"analytic": [0.021, 0.011], "measured": [0.02, 0.01]}


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (formats.percent, 0.000912, "0.091 %"),
        (formats.percent, 0.3353, "34 %"),
        (formats.percent, 3.417, "342 %"),
        (formats.percent, 0.0, "0 %"),
        (formats.percent, 1e-9, "1.0e-07 %"),
        (formats.percent, np.inf, "not finite"),
        (formats.percent, np.nan, "–"),
        (formats.scientific, 4.06e-6, "4.1e-06"),
        (formats.seconds, 9.94, "9.9"),
        (formats.seconds, 9.96, "10"),
        (formats.seconds, 1234.4, "1,234"),
        (formats.thousands, 66821, "66.8"),
        (formats.exact, [1.0, True, None], "1.0, yes, –"),
        (formats.greek, "phi(ReLU) alpha rho: 2", "φ(ReLU) alpha ρ: 2"),
    ],
)
def test_numbers_are_written(write, value, text):
    assert write(value) == text
