"""Tables 1 and 2 of Huang and Yu (2024) on as many fresh paths as the paper's, for the policies that ship.

As in section 2.3 paths are of the Brownian shocks, from states drawn at random, and nothing flips on them; a path's
loss is the mean over its steps of the squared residual, over the squared value where it starts. The paper states
neither the step Delta nor the horizon T; ours stand in the file.

Example:
  python -m tools.paper_tables --csv=docs/measured/paper_tables.csv
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from absl import flags

from hetkeras import saved_model
from hetkeras.command_line.program import run_app
from hetkeras.compiling import graph
from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.methods.jump_diffusion.paper_losses import STATISTICS, STEP, loss_statistics, loss_step
from hetkeras.methods.jump_diffusion.switching.hjb_residual import value_and_payoff
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.numerics.random_draws import normals
from hetkeras.saved_model import LoadedSolution
from tools.measured.markdown import ROOT

SHIPPED = {"Table 1": ("export_entry_j10", 20_000), "Table 2": ("production_network_n5", 10_000)}
BLOCK = 1000  # paths at a time
SEED = 90_210
HEADER = ("table", "policy", "statistic", "analytic", "probabilistic", "step", "horizon", "paths")
FLAGS = flags.FLAGS

Losses = Callable[[tf.Tensor], tf.Tensor]
"""Number of a block -> analytic and probabilistic losses of its paths, [2, B]."""


def path_losses(loaded: LoadedSolution, paths: int, steps: int) -> np.ndarray:
    """Losses of fresh paths, [2, paths]: analytic, then probabilistic."""
    losses = _flips(loaded, steps) if not isinstance(loaded.model, SwitchingJumpDiffusion) else _turns(loaded, steps)
    found = [losses(tf.constant(block)).numpy() for block in range(-(-paths // BLOCK))]
    return np.concatenate(found, 1)[:, :paths]


def _flips(loaded: LoadedSolution[Any], steps: int) -> Losses:
    model, policy = loaded.model, LoadedFlipPolicy(loaded.model, loaded.signatures)

    def found(state: tf.Tensor, binary: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        output = policy.evaluate(state, binary)
        jumps = tf.reduce_sum(model.jump_payoff(binary, output.gains, output.gains), -1)
        return output.value, model.flow(state, binary) + jumps

    @graph
    def losses(block: tf.Tensor) -> tf.Tensor:
        state, binary = model.sample(tf.stack([SEED, block]), BLOCK)
        return _along(
            model,
            lambda at: found(at, binary),
            lambda at: policy.value(at, binary),
            state,
            binary,
            block,
            steps,
            tf.identity,
        )

    return losses


def _turns(loaded: LoadedSolution[Any], steps: int) -> Losses:
    model, policy = loaded.model, LoadedTurnPolicy(loaded.model, loaded.signatures)

    @graph
    def losses(block: tf.Tensor) -> tf.Tensor:
        drawn = model.sample(tf.stack([SEED, block]), BLOCK)
        state, binary = (tf.cast(part, tf.float64) for part in drawn)
        regime = model.sample_regime(tf.stack([SEED + 1, block]), BLOCK)
        return _along(
            model,
            lambda at: value_and_payoff(model, policy, at, binary, regime),
            lambda at: policy.value(at, binary, regime),
            state,
            binary,
            block,
            steps,
            model.unscaled,
        )

    return losses


def _along(
    model: JumpDiffusion,
    found: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]],
    value: Callable[[tf.Tensor], tf.Tensor],
    state: tf.Tensor,
    binary: tf.Tensor,
    block: tf.Tensor,
    steps: int,
    size: Callable[[tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """Means over steps of squared residuals, over the squared value at the start, [2, B]."""

    def step(t: tf.Tensor, state: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, ...]:
        here, payoff = found(state)
        shocks = normals(tf.stack([SEED + 2 + t, block]), (BLOCK, model.num_shocks), state.dtype)
        moved = loss_step(model, value, here, payoff, state, binary, shocks)
        sums += tf.square(tf.stack([moved.analytic, moved.probabilistic]))
        return t + 1, tf.ensure_shape(moved.reached, state.shape), sums

    first = tf.constant(0), state, tf.zeros((2, BLOCK), state.dtype)
    sums = tf.while_loop(lambda t, *_: t < steps, step, first)[2]
    return sums / steps / tf.square(size(found(state)[0]))


def main(argv: list[str]) -> None:
    del argv
    rows = []
    for name, (shipped, paths) in SHIPPED.items():
        loaded = saved_model.load(ROOT / "exported_models" / shipped)
        kinds = [loss_statistics(each) for each in path_losses(loaded, FLAGS.paths or paths, FLAGS.steps)]
        about = STEP, STEP * FLAGS.steps, FLAGS.paths or paths
        rows += [(name, shipped, *each, *about) for each in zip(STATISTICS, *kinds, strict=True)]
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


if __name__ == "__main__":
    flags.DEFINE_integer("paths", 0, "Paths; 0: as many as in the paper.", 0)
    flags.DEFINE_integer("steps", 20, "Steps of each path, T / Delta.", 1)
    flags.DEFINE_string("csv", "runs/paper_tables.csv", "Where the table goes.")
    run_app(main)
