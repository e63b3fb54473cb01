"""Solves which input-output links a planner forms among N sectors: 2^(N^2) networks (Huang & Yu 2024, section 3).

Trains the values of all sectors' turns on the HJB equation, exports them, reloads the export and measures it: residuals
where the policy leads, its value by simulation, exact values where there are any. Start the same command again to
resume an interrupted run.

Examples:
  python -m apps.solve_production_network --run_dir=runs/five
  python -m apps.solve_production_network --run_dir=runs/sectors --preset=paper
  python -m apps.solve_production_network --run_dir=runs/mine --table=sectors.csv --set=risk_aversion=4.3
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from apps.device import configure_device  # isort: skip  (before anything else that imports TensorFlow)
import keras
import numpy as np

from apps.common import provenance, run_app
from apps.measuring import measure
from apps.outputs import write_outputs
from hetkeras import saved_model
from hetkeras.actions.progress_bar import ProgressBar
from hetkeras.actions.tensorboard import TensorBoard
from hetkeras.exact_tables import bipartite_table, small_table, star_table
from hetkeras.input_output import read_table, synthetic_table
from hetkeras.layers.link_value import LinkValue
from hetkeras.models.production_network import ProductionNetwork
from hetkeras.run_directory import RunDirectory
from hetkeras.solvers.base import MAX_SEED
from hetkeras.solvers.jump_settings import JumpSettings
from hetkeras.solvers.switching_jump_diffusion import SwitchingJumpDiffusionSolver
from hetkeras.training import Trainer

SECTORS = {"quick": 5, "paper": 37}
STEPS = {"quick": 6000, "paper": 8000}

TABLES = {"synthetic": synthetic_table, "star": star_table, "bipartite": bipartite_table}

FLAGS = flags.FLAGS
flags.DEFINE_enum("preset", "quick", list(SECTORS), "quick: five synthetic sectors; paper: 37.")
flags.DEFINE_string("run_dir", "runs/production_network", "Everything goes here; an interrupted run is resumed.")
flags.DEFINE_integer("seed", 0, "Seed of weights and of all draws.", lower_bound=0, upper_bound=MAX_SEED)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several. Unknown fields are refused.")
flags.DEFINE_string(
    "table",
    "synthetic",
    "CSV or NPZ of sectors (see hetkeras.input_output), 'synthetic', or 'none'; 'small', 'star' and 'bipartite' are "
    "tables whose planner is known exactly (see hetkeras.exact_tables).",
)
flags.DEFINE_integer("width", 32, "Nodes in each hidden layer.", lower_bound=1)
flags.DEFINE_integer("latent", 16, "What is kept of each sector.", lower_bound=1)
flags.DEFINE_multi_string("solver", [], "field=value of the method's settings; unknown fields are refused.")
flags.DEFINE_float("checkpoint_seconds", 10.0, "Least time between two checkpoints.")
flags.DEFINE_bool("report", True, "Draw report.html.")


def main(argv: list[str]) -> None:
    del argv
    solve(make_model(), Path(FLAGS.run_dir))


def make_model() -> ProductionNetwork:
    """Builds the model: preset, then the table of sectors, then --set."""
    chosen = ProductionNetwork.parse(FLAGS.set)
    if FLAGS.table == "none":
        return ProductionNetwork(**chosen)
    count = chosen.get("num_sectors", SECTORS[FLAGS.preset])
    if FLAGS.table == "small":
        fields = small_table(count, chosen.get("num_factors", 1))
    elif FLAGS.table in TABLES:
        fields = TABLES[FLAGS.table](count)
    else:
        fields = read_table(FLAGS.table)
    return ProductionNetwork(**{**fields, **chosen})


def solve(model: ProductionNetwork, run_dir: Path) -> None:
    """Trains, exports, measures the reloaded export, reports; all under run_dir."""
    device = configure_device("float32")
    keras.utils.set_random_seed(FLAGS.seed)
    settings = JumpSettings(**{"num_steps": STEPS[FLAGS.preset], **JumpSettings.parse(FLAGS.solver)})
    solver = SwitchingJumpDiffusionSolver(model, make_network(model), settings, FLAGS.seed)
    run = RunDirectory(run_dir)
    identity = {"model": "ProductionNetwork", "calibration": model.as_dict(), "seed": FLAGS.seed}
    identity |= {"network": {name: FLAGS[name].value for name in ("width", "latent")}, "settings": solver.settings()}
    run.claim(identity, {"preset": FLAGS.preset, "device": device, **provenance()})
    board = TensorBoard(run.tensorboard, solver.settings())
    actions = [ProgressBar("production_network"), board]
    trainer = Trainer(solver, run.checkpoints, actions, checkpoint_seconds=FLAGS.checkpoint_seconds)
    trainer.run(solver.num_steps)
    saved_model.export(solver.solution(), run.saved_model)
    training = {
        "parameters": sum(int(np.prod(weight.shape)) for weight in solver.weights),
        "train_seconds": trainer.seconds,
    }
    write_outputs(run, measure(saved_model.load(run.saved_model)), training, FLAGS.report)


def make_network(model: ProductionNetwork) -> LinkValue:
    """Sectors weigh as much as their output does in that of all; turns matter for as long as one lasts."""
    technology, count = model.technology, model.num_sectors
    domar = np.linalg.solve(np.eye(count) - technology.shares.T, technology.consumption)
    turn = model.discount_rate / (model.discount_rate + count * model.switch_rate)
    widths = FLAGS.width, FLAGS.width
    shares = np.where(model.movable, technology.shares, 0.0)
    traits = model.element_traits.tolist()
    return LinkValue(shares.tolist(), domar.tolist(), traits, turn, widths, FLAGS.latent, widths)


if __name__ == "__main__":
    run_app(main)
