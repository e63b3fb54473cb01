"""Measures a SavedModel again, on fresh paths, from nothing but its own files.

Examples:
  python -m apps.evaluate --model_dir=exported_models/investment_linear_n128 --json=errors.json
  python -m apps.evaluate --model_dir=exported_models/khan_thomas --reference=false
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from apps.device import configure_device  # isort: skip  (before anything else that imports TensorFlow)
from apps.common import run_app, table
from hetkeras import saved_model
from hetkeras.diagnose import CHECK_HEADER, measure
from hetkeras.files import write_json
from hetkeras.methods.krusell_smith.branching.measure import BranchPlan
from hetkeras.methods.krusell_smith.lumpy.measure import FirmPlan

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", None, "The SavedModel.", required=True)
flags.DEFINE_string("json", None, "Write the numbers to this file too.")
flags.DEFINE_string("shocks", None, "Economies of firms: CSV with a column 'aggregate' of state indices to measure on.")
flags.DEFINE_bool("reference", True, "Economies of firms: solve on grids too and measure the distance.")


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    loaded = saved_model.load(FLAGS.model_dir)
    branches = BranchPlan(FLAGS.shocks, reference="nodes" if FLAGS.reference else "none")
    diagnosis = measure(loaded, FirmPlan(FLAGS.shocks, pairs=0, with_reference=FLAGS.reference), branches=branches)
    print(table(("diagnostic", "value"), diagnosis.as_dict().items()))
    print("\n" + table(CHECK_HEADER, diagnosis.rows()))
    if FLAGS.json:
        write_json(Path(FLAGS.json), diagnosis.as_dict())
        print(f"\nwritten: {FLAGS.json}")


if __name__ == "__main__":
    run_app(main)
