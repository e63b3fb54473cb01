"""Flags that make XLA quick are for the process of the tests alone, and only where no others are asked for."""

import os

import pytest

from tests import quick_compiling


def test_programs_of_their_own_do_without_the_flags(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", quick_compiling.FLAGS)
    usual = quick_compiling.as_users_do()
    assert "XLA_FLAGS" not in usual
    assert usual == {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}


@pytest.mark.parametrize("asked", ["", "--xla_dump_to=/tmp"])
def test_flags_that_are_asked_for_stay(monkeypatch, asked):
    monkeypatch.setenv("XLA_FLAGS", asked)
    quick_compiling.start()
    assert os.environ["XLA_FLAGS"] == quick_compiling.as_users_do()["XLA_FLAGS"] == asked
