"""Solves a firm's export destinations: whom to serve among up to 2^J combinations (Huang & Yu 2024, section 2).

Trains a value on the HJB equation, exports it, reloads the export, measures it (policy value by simulation, bounds
and exact references where there are any) and draws a page. Start the same command again to resume an interrupted run.

Examples:
  python -m apps.solve_export_entry --run_dir=runs/ten
  python -m apps.solve_export_entry --run_dir=runs/hundred --preset=paper
  python -m apps.solve_export_entry --run_dir=runs/alike --set=num_destinations=100 --set=complementarity=0.001
  python -m apps.solve_export_entry --run_dir=runs/mine --geography=destinations.csv
  python -m apps.solve_export_entry --run_dir=runs/search --set=search_cost=2
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
from hetkeras.methods.jump_diffusion.measure import FlipPlan, batch_memory
from hetkeras.methods.jump_diffusion.networks.base import FlipValue
from hetkeras.methods.jump_diffusion.networks.deep_sets_value import DeepSetsValue
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.paper_solver import PaperJumpDiffusion, PaperSettings
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.models.export_entry.geography import read_geography, synthetic_geography
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.solver import MAX_SEED
from hetkeras.training.trainer import Trainer

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "preset", "quick", ["quick", "paper"], "quick: ten equal destinations; paper: a hundred on a synthetic map."
)
flags.DEFINE_string("run_dir", "runs/export_entry", "Everything goes here; an interrupted run there is resumed.")
flags.DEFINE_integer("seed", 0, "Seed of weights and of all draws.", lower_bound=0, upper_bound=MAX_SEED)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several. Unknown fields are refused.")
flags.DEFINE_string(
    "geography", None, "'synthetic', a CSV of destinations (see hetkeras.models.export_entry.geography), or 'none'."
)
flags.DEFINE_enum(
    "mode", "hjb", ["hjb", "paper"], "HJB residual with realised jumps; or the paper's losses, flaws included."
)
flags.DEFINE_enum("network", "deep_sets", ["deep_sets", "dense"], "Alike but for traits; or feed-forward.")
flags.DEFINE_integer(
    "width", None, "Nodes in each hidden layer; default 40, with --preset=paper 64 (the paper's: 256).", lower_bound=1
)
flags.DEFINE_integer("latent", 16, "Summaries of the destinations.", lower_bound=1)
flags.DEFINE_multi_string("solver", [], "field=value of the method's settings; unknown fields are refused.")
flags.DEFINE_float("checkpoint_seconds", 10.0, "Least time between two checkpoints.")
flags.DEFINE_bool("report", True, "Draw report.html.")

STEPS = {"quick": 8000, "paper": 6000}
WIDTH = {"quick": 40, "paper": 64}
FIRMS = {"quick": (20, 200), "paper": (50, 400)}
"""Groups, and firms in each, of the simulated distribution."""
DESTINATIONS = 100  # of the paper


def main(argv: list[str]) -> None:
    del argv
    solve(make_model(), Path(FLAGS.run_dir))


def make_model() -> ExportEntry:
    """Builds the model: preset, then geography, then --set."""
    chosen = ExportEntry.parse(FLAGS.set)
    geography = FLAGS.geography or ("synthetic" if FLAGS.preset == "paper" and not chosen else "none")
    count = chosen.get("num_destinations", DESTINATIONS if FLAGS.preset == "paper" else 10)
    fields: dict[str, Any] = {"num_destinations": count}
    if geography == "synthetic":
        fields = synthetic_geography(count)
    elif geography != "none":
        fields = read_geography(geography)
    return ExportEntry(**{**fields, **chosen})


def solve(model: ExportEntry, run_dir: Path) -> None:
    """Trains, exports, measures the reloaded export, reports; all under run_dir."""
    device = configure_device("float32")
    keras.utils.set_random_seed(FLAGS.seed)
    solver = make_solver(model)
    run = RunDirectory(run_dir)
    identity = {"model": "ExportEntry", "calibration": model.as_dict(), "seed": FLAGS.seed}
    identity |= {"network": {name: FLAGS[name].value for name in ("mode", "network", "latent")} | {"width": width()}}
    identity |= {"settings": solver.settings()}
    run.claim(identity, {"preset": FLAGS.preset, "device": device, **provenance()})
    actions = monitors(run, solver, "export_entry")
    trainer = Trainer(solver, run.checkpoints, actions, checkpoint_seconds=FLAGS.checkpoint_seconds, phase=phase)
    with phase("train, compilation in it", ticking=False):
        trainer.run(solver.num_steps)
    with phase("export"):
        saved_model.export(solver.solution(), run.saved_model)
    training = {
        "parameters": sum(int(np.prod(weight.shape)) for weight in solver.weights),
        "train_seconds": trainer.seconds,
    }
    plan = FlipPlan(*FIRMS[FLAGS.preset])
    write_outputs(run, measure(saved_model.load(run.saved_model), flips=plan), training, FLAGS.report)


def make_solver(model: ExportEntry) -> JumpDiffusionSolver | PaperJumpDiffusion:
    """Builds network and solver from the flags."""
    steps = {"num_steps": STEPS[FLAGS.preset]}
    if FLAGS.mode == "paper":
        settings = PaperSettings(**{**steps, **PaperSettings.parse(FLAGS.solver)})
        batch_memory(settings.batch_size, model.num_binary, width())
        return PaperJumpDiffusion(model, DenseValue(model.num_shocks, width()), settings, FLAGS.seed)
    settings = JumpSettings(**{**steps, **JumpSettings.parse(FLAGS.solver)})
    batch_memory(settings.batch_size, 2 * settings.flip_draws or model.num_binary, width())
    return JumpDiffusionSolver(model, make_network(model), settings, FLAGS.seed)


def width() -> int:
    """Returns the nodes in each hidden layer."""
    return FLAGS.width or WIDTH[FLAGS.preset]


def make_network(model: ExportEntry) -> FlipValue:
    """Builds the network of --mode=hjb."""
    if FLAGS.network == "dense":
        return DenseValue(width=width())
    widths = width(), width()
    return DeepSetsValue(
        model.element_traits.tolist(), widths, FLAGS.latent, widths, pairs=model.element_pairs.tolist()
    )


if __name__ == "__main__":
    run_app(main)
