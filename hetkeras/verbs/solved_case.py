"""What a worker of a sweep does: it says what cases are, and solves one. TensorFlow starts here, not in the sweep."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hetkeras import compile_cache
from hetkeras.calibration import Calibration
from hetkeras.errors import HetkerasError, ModelFileError, one_line
from hetkeras.files import read_json
from hetkeras.method import Method, Options, method_of_class
from hetkeras.model_file import mistake, source_of
from hetkeras.named_models import BUILDERS, build_model, named_class, own_options
from hetkeras.sweeps.case import Case
from hetkeras.sweeps.case_folder import logged

UNSHAPING = ("seed", "report", "checkpoint_seconds")  # options that change no number, and the seed, which is apart
CACHE_BROKEN = 75  # exit status of a worker whose compile cache is damaged; the case goes to another


class Checked(NamedTuple):
    """identity: all that decides the numbers of a case but its seed; problem: why it cannot be run, or empty."""

    identity: Mapping[str, Any]
    problem: str = ""


def check_cases(cases: Sequence[Case], log: Path) -> list[Checked]:
    """What each case is, or what is wrong with it; nothing is built for it. What is printed goes to the log."""
    with logged(log):
        known = {name: _checked(case) for name, case in {case.name: case for case in cases}.items()}  # seeds are alike
    return [known[case.name] for case in cases]


def solve_case(case: Case, folder: Path) -> Mapping[str, Any]:
    """Solves a case in its folder, or resumes it; returns what was measured.

    Raises:
      HetkerasError: as `hetkeras.solve`.
    """
    from hetkeras.verbs.solve import solve_with

    method, model, options = _built(case)
    try:
        solve_with(method, model, folder, options)
    except Exception as error:
        if compile_cache.is_to_blame(error):
            compile_cache.give_up()
            os._exit(CACHE_BROKEN)
        if (told := mistake(error)) is not None:
            raise ModelFileError(told) from error
        raise
    return read_json(folder / "diagnostics.json")


def _checked(case: Case) -> Checked:
    try:
        method, model, options = _built(case)
        method.need(model, options)
    except HetkerasError as error:
        return Checked({}, one_line(str(error)))
    kind, source = type(model), source_of(type(model))
    told = {name: value for name, value in options.as_dict().items() if name not in UNSHAPING}
    return Checked(
        {
            "model": f"{source.checksum if source else kind.__module__}:{kind.__name__}",
            "calibration": model.as_dict(),
            "options": told,
            "files": {name: digest for name, value in told.items() if (digest := _digest(value))},
        }
    )


def _built(case: Case) -> tuple[Method, Calibration, Options]:
    """The method, the model and the options of a case.

    Raises:
      HetkerasError: if there is no such model, or a name or a value does not fit it.
    """
    from hetkeras.verbs.solve import as_texts

    kind = named_class(case.model)
    own = {name: case.options[name] for name in own_options(case.model) if name in case.options}
    given = {name: value for name, value in case.options.items() if name not in own}
    options = _read(method_of_class(kind).options, as_texts({"report": False, **given, "seed": case.seed}))
    if case.model in BUILDERS:
        model = build_model(case.model, options.preset, as_texts({"solver": case.calibration})["solver"], own)
    else:
        model = _read(kind, case.calibration)
    return method_of_class(type(model)), model, options


def _read(kind: type[Any], given: Mapping[str, Any]) -> Any:
    """A calibration or options from values, of which texts are read as on the command line."""
    for name in given:
        kind.refuse_unknown(name)
    texts = [f"{name}={value}" for name, value in given.items() if isinstance(value, str)]
    return kind(**{**given, **kind.parse(texts)})


def _digest(value: Any) -> str | None:
    """Of the content, where an option names a file."""
    if isinstance(value, str) and (path := Path(value).expanduser()).is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None
