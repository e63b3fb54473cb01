"""What becomes a graph and what XLA compiles: all of the package goes through here.

| compiled by XLA | once for |
|---|---|
| steps of training (`train` of a solver) | a solver; the first call compiles, step counts are tensors |
| policy iteration on grids (`iterate`), tables of choices (`tabulate`) | a grid |
| simulations of economies of firms (`EconomySimulator`) | a policy and a shape [T, B] of paths: rounds, diagnosis and |
| | fresh shocks share one, also over the SavedModel (`CompiledEconomy`); responses to a shock have one more |
| simulations of turns, unbiased values of policies, errors in branches | a diagnosis |

The rest runs as graphs without XLA: exported functions, paths, rules. `compile_cache` keeps what XLA compiled.
AutoGraph rewrites Python source, which takes longer than tracing it; loops over tensors are `tf.while_loop` instead.
"""

from __future__ import annotations

import functools

import tensorflow as tf

graph = functools.partial(tf.function, autograph=False)
"""Traces a function once for each shape of its inputs."""

compiled = functools.partial(tf.function, jit_compile=True, autograph=False)
"""As `graph`, and compiles it with XLA."""
