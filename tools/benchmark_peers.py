"""Every piece of work beside a peer: seconds and errors of both, seed by seed, in one run on one machine.

Seconds are processor time after compilation; pin the program to one core (`taskset -c 0`, with
TF_NUM_INTRAOP_THREADS=1) to make them seconds. Peers are the papers' own ways, our classical method, or another
published method, all in loops that are compiled like ours. Errors are distances to references that neither has seen.

Example:
  python -m tools.benchmark_peers --only=lq_control --seeds=3 --csv=runs/benchmark_peers.csv
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import tensorflow as tf

from hetkeras.command_line.program import run_app
from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.backward_sde.options import BackwardOptions
from hetkeras.methods.backward_sde.options import make_solver as make_horizon_solver
from hetkeras.methods.backward_sde.signatures import value_and_gradient
from hetkeras.methods.euler_residual.diagnosis import policy_error
from hetkeras.methods.euler_residual.options import EulerOptions
from hetkeras.methods.euler_residual.options import make_solver as make_euler_solver
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver
from hetkeras.methods.jump_diffusion.options import JumpOptions
from hetkeras.methods.jump_diffusion.options import make_solver as make_jump_solver
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.models.investment import Investment
from hetkeras.models.lq_control import LQControl
from hetkeras.provenance import configure_device
from tools.peers.deep_bsde import DeepBSDE
from tools.peers.trial import Trial, measure

FLAGS = flags.FLAGS
flags.DEFINE_list("only", [], "Names of work below; default all.")
flags.DEFINE_integer("seeds", 3, "Seeds of each, from 0.", 1)
flags.DEFINE_string("csv", "runs/benchmark_peers.csv", "Where the table goes.")

HEADER = ("work", "method", "seed", "compile_s", "target", "seconds_to_target", "seconds", "error")
FRESH, PATHS, PERIODS = 99, 2, 64  # seed, number and length of the paths on which policies of firms are measured


class Contest(NamedTuple):
    """target: the error that counts as solved; methods: name -> what it makes of a seed, ours first."""

    target: float
    methods: dict[str, Callable[[int], Trial]]


def exporters(count: int, complementarity: float, **chosen: Any) -> Callable[[int], Trial]:
    """Values of `count` like destinations, beside the exact ones: root mean square errors over that of the value."""

    def trial(seed: int) -> Trial:
        model = ExportEntry(num_destinations=count, complementarity=(complementarity,))
        solver, known = make_jump_solver(model, JumpOptions(seed=seed, **chosen)), model.exact_values()
        assert known is not None
        state, binary = (tf.constant(part, tf.float32) for part in (known.state, known.binary))

        def value() -> tf.Tensor:
            if isinstance(solver, HuangYuSolver):
                return model.value_scale * solver.network(model.element_states(state), binary)
            return model.baseline(state, binary).value + solver.extra(state, binary)

        def error() -> float:
            return float(np.sqrt(np.mean(np.square(value() - known.value)) / np.mean(np.square(known.value))))

        return Trial(solver.train, error, solver.num_steps)

    return trial


def firms(count: int, **chosen: Any) -> Callable[[int], Trial]:
    """Policies of firms whose industry has an affine solution: mean relative errors on fresh paths."""

    def trial(seed: int) -> Trial:
        model = Investment(num_firms=count)
        solver = make_euler_solver(model, EulerOptions(seed=seed, **chosen))

        def error() -> float:
            states = simulate(model, solver.policy, FRESH, PATHS, PERIODS).numpy()[::4]
            return float(policy_error(model, solver.policy, states)[0]["policy_error_mean"])

        return Trial(solver.train, error, solver.num_steps)

    return trial


def backward(dimension: int) -> Callable[[int], Trial]:
    """The value of linear-quadratic control at its initial state by one network for all dates: relative errors."""

    def trial(seed: int) -> Trial:
        model = LQControl(dimension=dimension)
        solver = make_horizon_solver(model, BackwardOptions(seed=seed))
        start = tf.constant(model.initial_state[None], tf.float32)

        def error() -> float:
            return _off(model, float(value_and_gradient(model, solver.network, tf.zeros(1), start)[0][0]))

        return Trial(solver.train, error, solver.num_steps)

    return trial


def deep_bsde(dimension: int) -> Callable[[int], Trial]:
    """The same by a network for each date."""

    def trial(seed: int) -> Trial:
        solver = DeepBSDE(LQControl(dimension=dimension), seed=seed)
        return Trial(solver.train, lambda: _off(solver.model, float(solver.value.value)), solver.chosen.num_steps)

    return trial


def _off(model: TerminalValueDiffusion, value: float) -> float:
    exact = model.exact_value(np.zeros(1), model.initial_state[None])
    assert exact is not None
    return abs(value / float(exact[0]) - 1)


CONTESTS = {
    "export_entry:10": Contest(
        8e-4,
        {
            "Gauss-Newton": exporters(10, 0.02),
            "Adam": exporters(10, 0.02, solver=("update=adam",)),
            "Huang and Yu (2024)": exporters(10, 0.02, mode="paper"),
        },
    ),
    "export_entry:100": Contest(
        2e-3,
        {
            "Gauss-Newton": exporters(100, 0.001),
            "Adam": exporters(100, 0.001, solver=("update=adam", "num_steps=2000")),
        },
    ),
    "investment:128": Contest(1e-3, {"DeepSets, own paths": firms(128)}),
    "lq_control:100": Contest(5e-4, {"one network": backward(100), "deep BSDE (2017)": deep_bsde(100)}),
}


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    rows: list[list[Any]] = []
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    for work, contest in CONTESTS.items():
        if FLAGS.only and work not in FLAGS.only:
            continue
        for method, made in contest.methods.items():
            for seed in range(FLAGS.seeds):
                keras.utils.set_random_seed(seed)
                rows.append([work, method, seed, *measure(made(seed), contest.target)])
                print(table(HEADER, rows[-1:]), flush=True)
                write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print("\n" + table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


if __name__ == "__main__":
    run_app(main)
