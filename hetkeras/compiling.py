"""What becomes a graph and what XLA compiles: all of the package goes through here.

| compiled by XLA | once for |
|---|---|
| steps of training (`train` of a solver) | a solver; the first call compiles, step counts are tensors |
| policy iteration on grids (`iterate`), tables of choices (`tabulate`) | a grid |
| simulations of economies of firms (`EconomySimulator`) | a policy and a shape [T, B] of paths: rounds share one, and |
| | diagnosis and fresh shocks; without branches all of them do (`CompiledEconomy`); responses to shocks have another |
| simulations of turns, unbiased values of policies, errors in branches | a diagnosis |

The rest runs as graphs without XLA: exported functions, paths, rules. `compile_cache` keeps what XLA compiled.
AutoGraph rewrites Python source, which takes longer than tracing it; loops over tensors are `tf.while_loop` instead.
"""

from __future__ import annotations

import collections
import functools
import itertools
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops  # for `uid`, which numbers graphs; TensorFlow exports no other way to it

BLOCK = 1 << 16  # numbers, far more than what happens to run before a function is traced can differ by

graph = functools.partial(tf.function, autograph=False)
"""Traces a function once for each shape of its inputs."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `graph`, and compiles it with XLA.

    What is kept on disk is found again by the numbers in the names of graphs, which TensorFlow counts up. They depend
    on all that ran before, down to how many checkpoints were due: the count goes on at a round number.
    """

    @functools.wraps(function)
    def traced(*inputs: Any, **named: Any) -> Any:
        count_on(BLOCK)
        return function(*inputs, **named)

    return tf.function(traced, jit_compile=True, autograph=False)


def count_on(multiple: int) -> None:
    """Lets the next graph be named by the next multiple of a number, or one more."""
    missing = -ops.uid() % multiple
    collections.deque(itertools.islice(iter(ops.uid, None), missing), maxlen=0)
