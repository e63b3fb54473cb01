"""What the options of lumpy firms make of the settings: presets, fixed rules, the paper's networks."""

import pytest

from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.options import LumpyOptions, make_settings


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, KrusellSmithSettings()),
        ({"preset": "paper"}, KrusellSmithSettings(first_steps=4000, round_steps=2000, tolerance=2e-4)),
        ({"fixed_rules": True}, KrusellSmithSettings(first_steps=2000, max_rounds=1)),
        ({"fixed_rules": True, "solver": ("first_steps=7",)}, "warmup_steps is 25; expected from 0 to below"),
    ],
)
def test_presets_and_fixed_rules_have_settings_of_their_own(chosen, expected):
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            make_settings(LumpyOptions(**chosen))
    else:
        assert make_settings(LumpyOptions(**chosen)) == expected


def test_the_papers_networks_have_the_papers_rounds():
    """Every round is whole, every target serves once, choices climb the value as it is, with Adam."""
    settings = make_settings(LumpyOptions(networks="paper"))
    assert (settings.rough_rounds, settings.policy_steps, settings.value_optimizer) == (0, 1, "adam")
    assert settings.first_steps == 6000


def test_sharp_rules_are_trained_for_as_before_rounds_were_rough():
    settings = make_settings(LumpyOptions(rules="network"))
    assert (settings.rough_rounds, settings.policy_steps, settings.value_optimizer) == (0, 1, "adam")
    assert (settings.first_steps, settings.round_steps) == (2000, 800)
    assert make_settings(LumpyOptions(rules="network", preset="paper")).first_steps == 4000
