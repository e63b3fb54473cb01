"""From a model to a proved, exported solution in a run directory: the same steps for every method."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hetkeras import saved_model
from hetkeras.calibration import Calibration
from hetkeras.diagnosis.diagnosis import CHECK_HEADER, Diagnosis
from hetkeras.errors import CalibrationError, HetkerasError, listed, unwritten
from hetkeras.files import read_json, write_columns, write_json
from hetkeras.method import Method, ModelT, Options, method_of
from hetkeras.model_file import source_of
from hetkeras.provenance import configure_device, provenance
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.cluster import make_replicas
from hetkeras.training.phases import phase
from hetkeras.training.run_directory import RunDirectory
from hetkeras.training.solver import Solver
from hetkeras.training.trainer import Trainer
from hetkeras.training.training_curve import FILE, TrainingCurve
from hetkeras.verbs.replicated import assist, replicated


def solve(model: ModelT, run_dir: str | Path, **options: Any) -> LoadedSolution[ModelT]:
    """Trains or resumes, exports, reloads, measures what was reloaded, and draws the page.

    Args:
      model: the economics; its contract decides the method.
      run_dir: everything goes here; an interrupted run there is resumed.
      options: those of the method, for example preset, seed, width; `solver` takes its settings as a dict or as
        "field=value" strings. `over`, where the method has it, takes ranges of fields as a dict, field -> (low, high):
        one solve then answers for all calibrations in them, see `LoadedSolution.at`.

    Returns:
      The reloaded solution, with what was measured in its metadata.

    Raises:
      CalibrationError: if the model contradicts itself, or an option is unknown or out of range.
      RunDirectoryError: if the directory cannot be used, belongs to another run, or files cannot be written.
      SavedModelError: if something else stands where the SavedModel goes.
      TrainingDiverged: if a loss or a gradient is not finite.
      WorkerLost: if another process that shares the batches ends.
      SystemExit: with 0 in such processes but the first, once they have trained with it.
    """
    method = method_of(model)
    return solve_with(method, model, run_dir, method.options.from_dict(as_texts(options)))[0]


def solve_with(
    method: Method, model: ModelT, run_dir: str | Path, options: Options
) -> tuple[LoadedSolution[ModelT], Diagnosis]:
    """As `solve`, with the method and its options at hand; returns the diagnosis too."""
    replicas = make_replicas(options.devices, options.workers, options.num_parts)
    device = configure_device(getattr(options, "precision", "float32"))
    try:
        need = method.need(model, options)
    except HetkerasError:
        raise
    except Exception:  # of a model without sizes, which its check tells
        _refuse_contradictions(method, model)
        raise
    need.refuse_beyond_free()
    _refuse_contradictions(method, model)
    keras.utils.set_random_seed(options.seed)
    solver = trained = method.solver(model, options)
    if replicas is not None:
        trained = replicated(method, model, options, solver, replicas)
        if not replicas.leads:
            assist(trained, method.chunk_steps(options))
    with contextlib.closing(RunDirectory(run_dir)) as run:
        saved_model.check_place(run.saved_model)
        about = {name: getattr(options, name) for name in ("preset", "devices", "workers")}
        run.claim(_identity(method, model, options, solver), {**about, "device": device, **provenance()})
        for note in method.notes(model, options):
            print(f"note: {note}", file=sys.stderr, flush=True)
        phase.tell("memory beside the program, about", f"{need.size / 2**20:,.0f} MiB")
        return _solved(method, model, options, solver, trained, run)


def _refuse_contradictions(method: Method, model: Calibration) -> None:
    if problems := list(method.check(model)):
        raise CalibrationError(listed(f"{type(model).__name__} contradicts itself", problems))


def _solved(
    method: Method, model: ModelT, options: Options, solver: Solver, trained: Solver, run: RunDirectory
) -> tuple[LoadedSolution[ModelT], Diagnosis]:
    """The steps that need the run directory."""
    trainer = Trainer(
        trained,
        run.checkpoints,
        [*method.actions(run, solver), TrainingCurve(run.path / FILE)],
        method.chunk_steps(options),
        checkpoint_seconds=options.checkpoint_seconds,
        phase=phase,
    )
    with phase("train, compilation in it", ticking=False):
        metrics = trainer.run(solver.num_steps)
    phase.say(solver.outcome)
    method.leave(run, solver)
    with phase("export"):
        saved_model.export(solver.solution(), run.saved_model)
    loaded = saved_model.load(run.saved_model, model=type(model))
    phase.say("measuring what was exported; nothing of training is used")
    diagnosis = method.measure(loaded, options, solver)
    earlier = {} if metrics else _earlier(run)
    seconds = {"train_seconds": trainer.seconds, "solve_seconds": trainer.whole_seconds}
    training = {**earlier, **seconds, **_parameters(solver), **method.trained(solver, metrics)}
    measured_with = {name: getattr(options, name) for name in method.measuring}
    _write(run, diagnosis, training, measured_with, options.report)
    return loaded._replace(metadata=saved_model.read_metadata(run.saved_model)), diagnosis


def _identity(method: Method, model: Calibration, options: Options, solver: Solver) -> dict[str, Any]:
    """What a resumed run must share."""
    source = source_of(type(model))
    shaping = {name: value for name, value in options.as_dict().items() if name in method.shaping}
    if (parts := options.num_parts) > 1:
        shaping["parts"] = parts
    return {
        "model": type(model).__name__,
        **({"model_file": source.file, "model_checksum": source.checksum} if source else {}),
        "calibration": model.as_dict(),
        "seed": options.seed,
        "settings": solver.settings(),
        "options": shaping,
    }


def _earlier(run: RunDirectory) -> dict[str, float]:
    """Numbers that only training knows, kept when a finished run is measured again."""
    try:
        known = read_json(run.diagnostics)
        return {name: value for name, value in known.items() if name.startswith("train_")}
    except (OSError, ValueError, AttributeError):
        return {}  # nothing measured yet, or damaged and about to be replaced


def _parameters(solver: Solver) -> dict[str, int]:
    weights = getattr(solver, "weights", None)
    return {} if weights is None else {"parameters": sum(int(np.prod(weight.shape)) for weight in weights)}


def _write(
    run: RunDirectory,
    diagnosis: Diagnosis,
    training: Mapping[str, Any],
    measured_with: Mapping[str, Any],
    with_report: bool,
) -> None:
    """Writes the files of the run directory."""
    numbers = {**training, **diagnosis.as_dict()}
    with phase("files and page"):
        try:
            write_json(run.diagnostics, numbers)
            for name, columns in diagnosis.tables.items():
                write_columns(run.path / f"{name}.csv", columns)
            checks = zip(*diagnosis.rows(), strict=True)
            write_columns(run.path / "checks.csv", dict(zip(CHECK_HEADER, checks, strict=True)))
            saved_model.record_measurements(run.saved_model, numbers, measured_with)
        except OSError as error:
            raise unwritten(run.path, error) from error
        if with_report:
            from hetkeras.report.page import write_report  # matplotlib, for who draws

            write_report(run.path)
    phase.finish()


def as_texts(options: dict[str, Any]) -> dict[str, Any]:
    """Settings given as a dict, as the strings that the command line knows."""
    written = {"solver": _text, "over": _range}
    return options | {
        name: tuple(f"{field}={text(value)}" for field, value in options[name].items())
        for name, text in written.items()
        if isinstance(options.get(name), Mapping)
    }


def _range(ends: Sequence[float]) -> str:
    return ":".join(map(repr, map(float, ends)))


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
