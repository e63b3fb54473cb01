"""Solves uncertainty shocks with costs of adjusting capital and labour (Bloom et al. 2018) with forecast rules.

--method=neural trains a value, targets of every move and probabilities of the branches (Yokomoto 2026, section 3),
--method=grid is the classical Krusell-Smith method with exact choices on 3,367,000 grid points. Either is exported,
reloaded, simulated and measured. Start the same command again to resume an interrupted run.

Examples:
  python -m apps.solve_bloom --run_dir=runs/bloom
  python -m apps.solve_bloom --run_dir=runs/bloom_paper --preset=paper
  python -m apps.solve_bloom --run_dir=runs/bloom_grid --preset=paper --method=grid
  python -m apps.solve_bloom --run_dir=runs/calm --set=regime_transition=0.999,0.001,0.5,0.5
  python -m apps.solve_bloom --run_dir=runs/again --first_rules=runs/bloom/rules.csv --width=256 --depth=3
  python -m apps.solve_bloom --run_dir=runs/cheap --set=fixed_labor_cost=0.084 --solver=first_steps=8000
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from apps.device import configure_device  # isort: skip  (before anything else that imports TensorFlow)
import keras

from apps.branch_methods import PERIODS, make_branch_solver
from apps.common import provenance, run_app
from apps.firm_methods import price_picture, write_rules
from apps.outputs import write_outputs
from hetkeras import saved_model
from hetkeras.diagnose import measure
from hetkeras.methods.krusell_smith.aggregate_paths import aggregate_path
from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
from hetkeras.methods.krusell_smith.branching.measure import REFERENCES, BranchPlan
from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching
from hetkeras.methods.krusell_smith.branching.uncertainty_shock import ShockPlan, batch_bytes
from hetkeras.models.bloom import Bloom
from hetkeras.training.phases import phase
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.solver import MAX_SEED
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import CHUNK_STEPS, Trainer

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "preset",
    "quick",
    list(PERIODS),
    "quick: a first look, many minutes; paper: 5,000 quarters, trained until it settles, several times as long.",
)
flags.DEFINE_string("run_dir", "runs/bloom", "Everything goes here; an interrupted run there is resumed.")
flags.DEFINE_integer("seed", 0, "Seed of weights and of all draws.", lower_bound=0, upper_bound=MAX_SEED)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several. Unknown fields are refused.")
flags.DEFINE_enum("method", "neural", ["neural", "grid"], "Networks, or the classical method on grids.")
flags.DEFINE_integer("width", 128, "Nodes in each hidden layer of the value.", lower_bound=1)
flags.DEFINE_integer("policy_width", 96, "Nodes in each hidden layer of either policy.", lower_bound=1)
flags.DEFINE_integer(
    "waves",
    8,
    "Cosines of capital, and of labour, that networks see: choices bend where firms begin to move.",
    lower_bound=0,
)
flags.DEFINE_integer("depth", 2, "Hidden layers of each network.", lower_bound=1)
flags.DEFINE_multi_string("solver", [], "field=value of the method's settings; unknown fields are refused.")
flags.DEFINE_string("shocks", None, "CSV with a column 'aggregate' of state indices; default: drawn from the model.")
flags.DEFINE_string("first_rules", None, "CSV of log-linear rules to start from, one row for each aggregate state.")
flags.DEFINE_bool("fixed_rules", False, "Keep the first rules: solve, simulate once, do not update.")
flags.DEFINE_float("damping", 1.0, "Share of the way to the regression that the rules go.", 0.01, 1.0)
flags.DEFINE_integer("memory", 3, "Rounds that Anderson acceleration combines; 0 for plain damping.", lower_bound=0)
flags.DEFINE_integer("economies", 0, "Economies in the response to an uncertainty shock; the paper's: 2,500.", 0)
flags.DEFINE_integer("at_once", ShockPlan().at_once, "Economies simulated together; hundreds on a GPU.", lower_bound=1)
flags.DEFINE_enum(
    "reference",
    None,
    list(REFERENCES),
    "Exact choices of firms that expect the same, to compare networks with: on the model's nodes (default with "
    "--preset=paper), or on nodes twice as fine in capital and four times in labour (half an hour on one core).",
)
flags.DEFINE_integer("paths", 0, "Further paths of shocks, to see how far moments of one are from another's.")
flags.register_validator("paths", lambda paths: paths == 0 or paths >= 2, "expected 0, or at least 2 to compare.")
flags.DEFINE_float("checkpoint_seconds", 30.0, "Least time between two checkpoints.")
flags.DEFINE_bool("report", True, "Draw report.html.")


def main(argv: list[str]) -> None:
    del argv
    solve(Bloom(**Bloom.parse(FLAGS.set)), Path(FLAGS.run_dir))


def solve(model: Bloom, run_dir: Path) -> None:
    """Solves, exports, measures the reloaded export, reports; all under run_dir."""
    device = configure_device("float32")
    keras.utils.set_random_seed(FLAGS.seed)
    path = aggregate_path(model, FLAGS.shocks, PERIODS[FLAGS.preset])
    solver = make_branch_solver(model, path, FLAGS)
    run = RunDirectory(run_dir)
    run.claim(_identity(model, solver), {"preset": FLAGS.preset, "device": device, **provenance()})
    pictures = {"price, simulated and expected": lambda: price_picture(solver)}
    board = TensorBoard(run.tensorboard, solver.settings(), pictures=pictures)
    chunk = 1 if FLAGS.method == "grid" else CHUNK_STEPS
    bar = ProgressBar(f"bloom {FLAGS.method}")
    trainer = Trainer(
        solver, run.checkpoints, [bar, board], chunk, checkpoint_seconds=FLAGS.checkpoint_seconds, phase=phase
    )
    with phase("train, compilation in it", ticking=False):
        trainer.run(solver.num_steps)
    training = {"train_seconds": trainer.seconds, "solve_seconds": trainer.whole_seconds}
    training |= {"steps": int(solver.step), "rounds": int(solver.round.count)}
    write_rules(run.path / "rules.csv", solver.round.rules)
    with phase("export"):
        saved_model.export(solver.solution(), run.saved_model)
    reference = FLAGS.reference or ("nodes" if FLAGS.preset == "paper" else "none")
    plan = BranchPlan(FLAGS.shocks, FLAGS.economies, FLAGS.at_once, reference, FLAGS.paths)
    if plan.economies:
        print(f"response to uncertainty: about {batch_bytes(model, plan.at_once) / 2**20:.0f} MiB of memory")
    diagnosis = measure(saved_model.load(run.saved_model), branches=plan)
    write_outputs(run, diagnosis, training, FLAGS.report)


def _identity(model: Bloom, solver: BranchingKrusellSmith | NeuralBranching) -> dict[str, object]:
    """What a resumed run must share."""
    names = ("preset", "method", "width", "policy_width", "depth", "waves", "shocks", "first_rules", "fixed_rules")
    names += ("damping", "memory")
    identity = {"model": "Bloom", "calibration": model.as_dict(), "seed": FLAGS.seed, "settings": solver.settings()}
    return identity | {"flags": {name: FLAGS[name].value for name in names}}


if __name__ == "__main__":
    run_app(main)
