"""When a timed solve has reached its target."""

from __future__ import annotations

import itertools

import pytest
import tensorflow as tf

from tools.peers.trial import CHUNKS, Trial, measure


def timed(monkeypatch: pytest.MonkeyPatch, errors: list[float], target: float) -> list[float | None]:
    """A solve of which each chunk takes a second and leaves such an error, the last one for ever."""
    clock = itertools.count()
    monkeypatch.setattr("time.process_time", lambda: float(next(clock)))
    left = itertools.chain(errors, itertools.repeat(errors[-1]))
    taken: list[int] = []
    trial = Trial(lambda steps: taken.append(int(steps)), lambda: next(left), 100)
    found = measure(trial, target)
    assert (taken[0], sum(taken), len(taken)) == (0, 100, 1 + CHUNKS)
    return found


def test_an_error_that_passes_its_target_by_has_not_reached_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert timed(monkeypatch, [3.0, 0.5, 2.0, 1.5, 0.9, 0.8], 1.0) == [1.0, 1.0, 5.0, CHUNKS, 0.8]


@pytest.mark.parametrize(("errors", "reached"), [([2.0], None), ([0.5, float("nan")], None), ([0.5], 1.0)])
def test_what_never_stays_within_it_has_no_time(
    monkeypatch: pytest.MonkeyPatch, errors: list[float], reached: float | None
) -> None:
    assert timed(monkeypatch, errors, 1.0)[2] == reached


def test_steps_are_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[object] = []
    measure(Trial(kinds.append, lambda: 0.0, CHUNKS), 1.0)
    assert all(isinstance(each, tf.Tensor) for each in kinds)
