"""Solves that differ by their seed alone are one program for XLA: a sweep compiles it once."""

import re

import pytest

from hetkeras.models.investment import Investment
from tests.methods.jump_diffusion.small_solver import build
from tests.small_solves import lowered_to_xla, make_solver

SOLVERS = {
    "Euler residuals": lambda seed: make_solver(Investment(num_firms=4), seed=seed, width=8, num_steps=20),
    "flips": lambda seed: build(seed=seed, update="adam"),
}


@pytest.mark.parametrize("make", SOLVERS.values(), ids=SOLVERS)
def test_no_seed_is_a_constant_of_the_program(make):
    one, other = (re.findall(r"constant\(.+?\)", lowered_to_xla(make(seed))) for seed in (0, 1))
    assert len(one) > 20
    assert one == other
