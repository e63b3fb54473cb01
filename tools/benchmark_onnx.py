"""Shipped models as ONNX: how far each file is from its SavedModel, and the time of a call beside TensorFlow's.

Gaps are those at export, on own paths. Times are processor time of one call of the same rows, the median of calls of
TensorFlow and onnxruntime in turn, in one process with one thread each.

Example:
  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 python -m tools.benchmark_onnx
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import numpy as np
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.method import method_of
from hetkeras.onnx_export.onnx_function import OnnxFunction
from hetkeras.onnx_export.states import tried
from hetkeras.verbs.export_onnx import ROWS, export_at
from tools.export_models import SHIPPED, SOLVES

FLAGS = flags.FLAGS
flags.DEFINE_string("csv", "docs/measured/benchmark_onnx.csv", "Where the table goes.")
flags.DEFINE_string("models", "", "Regular expression on names of shipped models.")

HEADER = (
    "model",
    "function",
    "type",
    "states",
    "gap",
    "decisions",
    "tensorflow_1",
    "onnx_1",
    "rows",
    "tensorflow",
    "onnx",
)
LEAST, MOST = 3, 200  # calls of each
BUDGET = 2.0  # seconds for all calls of one size


def main(argv: list[str]) -> None:
    del argv
    rows: list[tuple[Any, ...]] = []
    for name in SOLVES:
        if re.search(FLAGS.models, name):
            for row in measured(SHIPPED / name):
                rows.append((name, *row))
                print(table(HEADER, rows[-1:]), flush=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(f"\n{table(HEADER, rows)}\n\nwritten: {FLAGS.csv}")


def measured(path: Path) -> Iterator[tuple[Any, ...]]:
    """Yields a row for each function of a SavedModel."""
    loaded, module = saved_model.load(path), tf.saved_model.load(str(path))
    inputs = method_of(loaded.model).own_inputs(loaded, ROWS, 0)
    with tempfile.TemporaryDirectory() as folder:
        found = export_at(loaded, inputs, ROWS, Path(folder), Path(folder))
        for name, about in loaded.metadata["signatures"].items():
            other = OnnxFunction(Path(folder) / f"{name}.onnx", about, threads=1)
            times: list[Any] = []
            for rows in (1, ROWS):
                at = tried(loaded.signatures[name], about, inputs[name], rows)
                times += seconds(module.signatures[name], other, at)
                size = max(len(at[each]) for each, axes in about["inputs"].items() if axes[0] in "BC")
            yield (
                name,
                about["dtype"],
                found[name].rows,
                found[name].gap,
                found[name].decisions,
                *times[:2],
                size,
                *times[2:],
            )


def seconds(own: Callable[..., Any], other: OnnxFunction, at: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Median processor time of a call of TensorFlow and of onnxruntime."""
    tensors = {name: tf.constant(part) for name, part in at.items()}
    calls: list[Callable[[], Any]] = [lambda: own(**tensors), lambda: other.numbers(at)]
    took: list[list[float]] = [[timed(call)] for call in calls]  # the first call prepares
    count = int(np.clip(BUDGET / sum(map(sum, took)), LEAST, MOST))
    for _ in range(count):
        for call, times in zip(calls, took, strict=True):
            times.append(timed(call))
    first, second = (statistics.median(times[1:]) for times in took)
    return first, second


def timed(call: Callable[[], Any]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


if __name__ == "__main__":
    run_app(main)
