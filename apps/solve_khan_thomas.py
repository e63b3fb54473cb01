"""Solves lumpy investment under aggregate shocks (Khan and Thomas 2008) with forecast rules for prices.

--method=neural trains value and price-conditioned policy networks (Yokomoto 2026), --method=grid is the classical
Krusell-Smith method on grids. Either is exported, reloaded, simulated and compared with a solution on refined grids.
Start the same command again to resume an interrupted run.

Examples:
  python -m apps.solve_khan_thomas --run_dir=runs/khan_thomas
  python -m apps.solve_khan_thomas --run_dir=runs/classical --method=grid
  python -m apps.solve_khan_thomas --run_dir=runs/costly --set=largest_cost=0.0166
  python -m apps.solve_khan_thomas --run_dir=runs/paper --networks=paper
  python -m apps.solve_khan_thomas --run_dir=runs/wide --width=96 --solver=round_steps=1500 --solver=tolerance=1e-4
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from apps.device import configure_device  # isort: skip  (before anything else that imports TensorFlow)
import keras

from apps.common import provenance, run_app
from apps.firm_methods import make_rules, make_solver, price_picture, write_rules
from apps.outputs import write_outputs
from hetkeras import saved_model
from hetkeras.diagnose import measure
from hetkeras.methods.krusell_smith.aggregate_paths import aggregate_path
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.measure import HISTOGRAM_NODES, FirmPlan
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralKrusellSmith
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.training.phases import phase
from hetkeras.training.progress_bar import ProgressBar
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.solver import MAX_SEED
from hetkeras.training.tensorboard import TensorBoard
from hetkeras.training.trainer import CHUNK_STEPS, Trainer

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "preset", "quick", ["quick", "paper"], "quick: two minutes, already right; paper: longer, 2,000 pairs."
)
flags.DEFINE_string("run_dir", "runs/khan_thomas", "Everything goes here; an interrupted run there is resumed.")
flags.DEFINE_integer("seed", 0, "Seed of weights and of all draws.", lower_bound=0, upper_bound=MAX_SEED)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several. Unknown fields are refused.")
flags.DEFINE_enum("method", "neural", ["neural", "grid"], "Networks, or the classical method on grids.")
flags.DEFINE_enum(
    "networks", "tables", ["tables", "paper"], "Outputs by shock state on closed-form baselines; or as in the paper."
)
flags.DEFINE_enum("rules", "log_linear", ["log_linear", "network"], "What firms forecast with.")
flags.DEFINE_integer("width", None, "Nodes in each of the two hidden layers; default 64 (paper: 128).", lower_bound=1)
flags.DEFINE_multi_string("solver", [], "field=value of the method's settings; unknown fields are refused.")
flags.DEFINE_string("shocks", None, "CSV with a column 'aggregate' of state indices; default: Terry's (2017) path.")
flags.DEFINE_string(
    "first_rules",
    None,
    "CSV of log-linear rules to start from, as terry_2017_rules.csv in hetkeras/methods/krusell_smith/data.",
)
flags.DEFINE_bool("fixed_rules", False, "Keep the first rules: solve, simulate once, do not update.")
flags.DEFINE_float("damping", 1.0, "Share of the way to the regression that the rules go.", 0.01, 1.0)
flags.DEFINE_integer("memory", 3, "Rounds that Anderson acceleration combines; 0 for plain damping.", lower_bound=0)
flags.DEFINE_integer("histogram_nodes", HISTOGRAM_NODES, "Nodes of capital in the simulation.", lower_bound=2)
flags.DEFINE_integer("pairs", None, "Pairs of economies in the impulse response; default 200 (paper: 2,000).")
flags.DEFINE_bool("reference", True, "Solve on refined grids too and measure the distance.")
flags.DEFINE_float("checkpoint_seconds", 10.0, "Least time between two checkpoints.")
flags.DEFINE_bool("report", True, "Draw report.html.")

PAIRS = {"quick": 200, "paper": 2000}


def main(argv: list[str]) -> None:
    del argv
    model = KhanThomas(**KhanThomas.parse(FLAGS.set))
    solve(model, Path(FLAGS.run_dir))


def solve(model: KhanThomas, run_dir: Path) -> None:
    """Solves, exports, measures the reloaded export, reports; all under run_dir."""
    device = configure_device("float32")
    keras.utils.set_random_seed(FLAGS.seed)
    path = aggregate_path(model, FLAGS.shocks)
    solver = make_solver(model, make_rules(model, FLAGS), path, FLAGS)
    run = RunDirectory(run_dir)
    run.claim(_identity(model, solver), {"preset": FLAGS.preset, "device": device, **provenance()})
    board = TensorBoard(
        run.tensorboard, solver.settings(), pictures={"price, simulated and expected": lambda: price_picture(solver)}
    )
    chunk = 1 if FLAGS.method == "grid" else CHUNK_STEPS
    trainer = Trainer(
        solver,
        run.checkpoints,
        [ProgressBar(FLAGS.method), board],
        chunk,
        checkpoint_seconds=FLAGS.checkpoint_seconds,
        phase=phase,
    )
    with phase("train, compilation in it", ticking=False):
        trainer.run(solver.num_steps)
    training = {"train_seconds": trainer.seconds, "solve_seconds": trainer.whole_seconds}
    training |= {"steps": int(solver.step), "rounds": int(solver.round.count)}
    write_rules(run.path / "rules.csv", solver.round.rules)
    with phase("export"):
        saved_model.export(solver.solution(), run.saved_model)
    plan = FirmPlan(FLAGS.shocks, PAIRS[FLAGS.preset] if FLAGS.pairs is None else FLAGS.pairs, FLAGS.reference)
    diagnosis = measure(saved_model.load(run.saved_model), plan, economy=solver.economy)
    write_outputs(run, diagnosis, training, FLAGS.report)


def _identity(model: KhanThomas, solver: GridKrusellSmith | NeuralKrusellSmith) -> dict[str, object]:
    """What a resumed run must share."""
    names = ("method", "networks", "rules", "width", "shocks", "first_rules", "fixed_rules", "damping", "memory")
    identity = {
        "model": "KhanThomas",
        "calibration": model.as_dict(),
        "seed": FLAGS.seed,
        "settings": solver.settings(),
    }
    return identity | {"flags": {name: FLAGS[name].value for name in (*names, "histogram_nodes")}}


if __name__ == "__main__":
    run_app(main)
