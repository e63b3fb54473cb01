"""Solves which input-output links a planner forms among N sectors: 2^(N^2) networks (Huang & Yu 2024, section 3).

Trains the values of all sectors' turns on the HJB equation, exports them, reloads the export and measures it: residuals
where the policy leads, its value by simulation, exact values where there are any. Start the same command again to
resume an interrupted run.

Examples:
  python -m apps.solve_production_network --run_dir=runs/five
  python -m apps.solve_production_network --run_dir=runs/sectors --preset=paper
  python -m apps.solve_production_network --run_dir=runs/mine --table=sectors.csv --set=risk_aversion=4.3
  python -m apps.solve_production_network --run_dir=runs/game --decides=users --set=link_cost=0.02
  python -m apps.solve_production_network --run_dir=runs/search --set=search_cost=2 --set=maintenance_cost=2
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from absl import flags

from apps.device import configure_device  # isort: skip  (before anything else that imports TensorFlow)
import keras
import numpy as np

from apps.common import provenance, run_app
from apps.flip_monitors import monitors
from apps.outputs import write_outputs
from hetkeras import saved_model
from hetkeras.diagnose import measure
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.switching.networks.base import RegimeValue
from hetkeras.methods.jump_diffusion.switching.networks.delegate_value import DelegateValue
from hetkeras.methods.jump_diffusion.switching.networks.dense_regime_value import DenseRegimeValue
from hetkeras.methods.jump_diffusion.switching.networks.link_value import LinkValue
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.models.production_network.benchmark_economies import bipartite_table, small_table, star_table
from hetkeras.models.production_network.delegates import SectorDelegates
from hetkeras.models.production_network.input_output import read_table, synthetic_table
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.solver import MAX_SEED
from hetkeras.training.trainer import Trainer

SECTORS = {"quick": 5, "paper": 37}
STEPS = {"quick": 6000, "paper": 8000}
WIDTHS = {"links": 32, "dense": 256}
PAIR_WEIGHT = 0.05  # more of it drowns the equation itself where there are many links

DECIDES = ("planner", "users", "pairs")
TABLES = {"synthetic": synthetic_table, "star": star_table, "bipartite": bipartite_table}

FLAGS = flags.FLAGS
flags.DEFINE_enum("preset", "quick", list(SECTORS), "quick: five synthetic sectors; paper: 37.")
flags.DEFINE_string("run_dir", "runs/production_network", "Everything goes here; an interrupted run is resumed.")
flags.DEFINE_integer("seed", 0, "Seed of weights and of all draws.", lower_bound=0, upper_bound=MAX_SEED)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several. Unknown fields are refused.")
flags.DEFINE_string(
    "table",
    "synthetic",
    "CSV or NPZ of sectors (see hetkeras.models.production_network.input_output), 'synthetic', or 'none'; 'small', "
    "'star' and 'bipartite' are tables whose planner is known exactly (see benchmark_economies beside it), 'small' "
    "with --set=num_sectors=2 or 3.",
)
flags.DEFINE_enum(
    "network",
    "links",
    list(WIDTHS),
    "links: all sectors are seen by the same network, which sums over links; dense: feed-forward, as in the paper.",
)
flags.DEFINE_enum(
    "decides",
    "planner",
    list(DECIDES),
    "planner: one for all; users: each sector's own delegate, who minds its unit cost; pairs: those of the user and of "
    "the supplier, who share what both gain.",
)
flags.DEFINE_integer("width", None, "Nodes in each hidden layer; default 32, or 256 if dense.", lower_bound=1)
flags.DEFINE_integer("latent", 16, "What is kept of each sector (links).", lower_bound=1)
flags.DEFINE_multi_string("solver", [], "field=value of the method's settings; unknown fields are refused.")
flags.DEFINE_float("checkpoint_seconds", 10.0, "Least time between two checkpoints.")
flags.DEFINE_bool("report", True, "Draw report.html.")


def main(argv: list[str]) -> None:
    del argv
    solve(make_model(), Path(FLAGS.run_dir))


def make_model() -> ProductionNetwork:
    """Builds the model: preset, then the table of sectors, then --set."""
    if FLAGS.decides == "planner":
        return ProductionNetwork(**sectors(ProductionNetwork.parse(FLAGS.set)))
    if FLAGS.network != "links":
        raise CalibrationError(f"--network={FLAGS.network} with --decides={FLAGS.decides}; expected --network=links")
    chosen = SectorDelegates.parse(FLAGS.set)
    game = {"risk_aversion": 1.0, "joint": int(FLAGS.decides == "pairs")}
    if chosen.get("joint", game["joint"]) != game["joint"]:
        raise CalibrationError(
            f"--set=joint={chosen['joint']} with --decides={FLAGS.decides}; expected --decides=pairs for joint=1, "
            "--decides=users for joint=0"
        )
    return SectorDelegates(**{**sectors(chosen), **game, **chosen})


def sectors(chosen: dict[str, Any]) -> dict[str, Any]:
    """Fields of the table of sectors, then those chosen."""
    if FLAGS.table == "none":
        return chosen
    count = chosen.get("num_sectors", SECTORS[FLAGS.preset])
    if FLAGS.table == "small":
        fields = small_table(count, chosen.get("num_factors", 1))
    elif FLAGS.table in TABLES:
        fields = TABLES[FLAGS.table](count)
    else:
        fields = read_table(FLAGS.table)
    return {**fields, **chosen}


def solve(model: ProductionNetwork, run_dir: Path) -> None:
    """Trains, exports, measures the reloaded export, reports; all under run_dir."""
    device = configure_device("float32")
    keras.utils.set_random_seed(FLAGS.seed)
    solver = make_solver(model)
    run = RunDirectory(run_dir)
    identity = {"model": type(model).__name__, "calibration": model.as_dict(), "seed": FLAGS.seed}
    shape = {name: FLAGS[name].value for name in ("network", "width", "latent")}
    identity |= {"network": shape, "settings": solver.settings()}
    run.claim(identity, {"preset": FLAGS.preset, "device": device, **provenance()})
    actions = monitors(run, solver, "production_network")
    trainer = Trainer(solver, run.checkpoints, actions, checkpoint_seconds=FLAGS.checkpoint_seconds, phase=phase)
    with phase("train, compilation in it", ticking=False):
        trainer.run(solver.num_steps)
    with phase("export"):
        saved_model.export(solver.solution(), run.saved_model)
    training = {
        "parameters": sum(int(np.prod(weight.shape)) for weight in solver.weights),
        "train_seconds": trainer.seconds,
    }
    write_outputs(run, measure(saved_model.load(run.saved_model)), training, FLAGS.report)


def make_solver(model: ProductionNetwork) -> SwitchingJumpDiffusionSolver:
    """Builds network and solver from the flags."""
    base = {"num_steps": STEPS[FLAGS.preset], "pair_weight": PAIR_WEIGHT}
    settings = JumpSettings(**{**base, **JumpSettings.parse(FLAGS.solver)})
    return SwitchingJumpDiffusionSolver(model, make_network(model), settings, FLAGS.seed)


def make_network(model: ProductionNetwork) -> RegimeValue:
    """Sectors weigh as much as their output in that of all, their turns as much as the baseline misses then."""
    technology, count = model.technology, model.num_sectors
    domar = np.linalg.solve(np.eye(count) - technology.shares.T, technology.consumption)
    shares = np.where(model.movable, technology.shares, 0.0)
    turns, widths = model.correction_scales.turns, (FLAGS.width or WIDTHS[FLAGS.network],) * 2
    sizes = {"element_hidden": widths, "latent": FLAGS.latent, "hidden": widths}
    sight = shares.tolist(), domar.tolist(), model.element_traits.tolist()
    if isinstance(model, SectorDelegates):
        return DelegateValue(*sight, turns.reshape(count, count).tolist(), **sizes)
    if FLAGS.network == "dense":
        return DenseRegimeValue(count, float(turns.max()), (*widths, widths[0]))
    return LinkValue(*sight, turns.tolist(), **sizes)


if __name__ == "__main__":
    run_app(main)
