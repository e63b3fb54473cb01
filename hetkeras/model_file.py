"""Models in files of their own: `my_model.py:Skills`, read once, remembered with their text.

A class of a script or of such a file cannot be imported elsewhere by a name. Its SavedModel therefore keeps the text of
the file, which `hetkeras.load` runs only if the caller trusts it.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import sys
import sysconfig
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hetkeras.calibration import Calibration
from hetkeras.errors import ModelFileError

PREFIX = "hetkeras_model_"  # of the names of modules made here
AUTOGRAPH = "in user code:"
WRITTEN = re.compile(r'^ +File "(.+)", line (\d+), in (\w+)', re.MULTILINE)
OTHERS = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")} | {"<"})  # folders of libraries
OWN = str(Path(__file__).parent)


class ModelSource(NamedTuple):
    """file: name without folders; text: of the whole file; checksum: of what it does, comments and layout aside."""

    file: str
    text: str
    checksum: str


def read_class(target: str) -> type[Calibration]:
    """The class that `file.py:Class` names; of a file with one model the class may be left out.

    Raises:
      ModelFileError: if the file cannot be read or raises, or holds no such model.
    """
    path, wanted = _parted(target)
    return _pick(_read(path), path.name, wanted)


def read_function(target: str) -> Callable[..., Any]:
    """The function that `file.py:function` names.

    Raises:
      ModelFileError: if the file cannot be read or raises, or has no such function.
    """
    path, wanted = _parted(target)
    if not wanted:
        raise ModelFileError(f"{target} names no function; expected one, as in {path.stem}.py:simulate")
    found = vars(_read(path)).get(wanted)
    if not callable(found):
        raise ModelFileError(f"{path.name} has no function '{wanted}'; say which one, as in {path.name}:simulate")
    return found


def _parted(target: str) -> tuple[Path, str]:
    """File and name of `file.py:name`; the name may be left out."""
    name, _, wanted = target.rpartition(":") if not target.endswith(".py") else (target, "", "")
    return Path(name), wanted


def _read(path: Path) -> types.ModuleType:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path} cannot be read ({error}); expected a file as in my_model.py:Skills") from error
    return _run(path.name, text, path.resolve())


def class_from_text(source: ModelSource, name: str) -> type[Calibration]:
    """The class out of the text that a SavedModel keeps.

    Raises:
      ModelFileError: if the text raises, or holds no such model.
    """
    return _pick(_run(source.file, source.text), source.file, name)


def known_class(source: ModelSource, name: str) -> type[Calibration] | None:
    """The class, if this process has read the same text already; None else."""
    for module in list(sys.modules.values()):
        found = vars(module).get(name) if isinstance(module, types.ModuleType) else None
        if isinstance(found, type) and issubclass(found, Calibration) and source_of(found) == source:
            return found
    return None


def source_of(model: type[Calibration]) -> ModelSource | None:
    """The file in which a class was written; None if it is of a package, and importable by its name."""
    module = sys.modules.get(model.__module__)
    if module is None or "." in model.__module__:
        return None
    if (kept := getattr(module, "__hetkeras_source__", None)) is not None:
        return kept
    try:
        text = inspect.getsource(module) if getattr(module, "__file__", None) else inspect.getsource(model)
    except (OSError, TypeError):
        return None
    return _source(Path(getattr(module, "__file__", None) or "notebook.py").name, text)


def mistake(error: BaseException) -> str | None:
    """What a method of a model in a file of its own raised, and where; None if it was raised elsewhere."""
    places = _places(error)
    while places and places[-1][0].startswith(OTHERS) and not places[-1][0].startswith(OWN):
        places.pop()  # what the line calls: TensorFlow, NumPy, Python
    files = {vars(module).get("__file__") for name, module in sys.modules.items() if name.startswith(PREFIX)}
    if not places or places[-1][0] not in files:
        return None
    file, line, function = places[-1]
    return f"{Path(file).name}, line {line}, in {function} raises {_told(error)}; mend it there"


def _places(error: BaseException) -> list[tuple[str, int, str]]:
    """File, line and function of the calls that lead to an error; AutoGraph writes the last of them into its text."""
    frames = [(each.filename, each.lineno or 0, each.name) for each in traceback.extract_tb(error.__traceback__)]
    told = str(error) if str(error).startswith(AUTOGRAPH) else ""
    return frames + [(file, int(line), name) for file, line, name in WRITTEN.findall(told)]


def _run(file: str, text: str, path: Path | None = None) -> types.ModuleType:
    """Runs the text as a module of its own, unless it ran before."""
    source = _source(file, text)
    name = PREFIX + source.checksum[:16]
    if name in sys.modules:
        return sys.modules[name]
    module = types.ModuleType(name)
    module.__file__ = str(path or file)
    vars(module)["__hetkeras_source__"] = source
    sys.modules[name] = module  # before it runs: dataclasses look their module up
    try:
        exec(compile(text, str(path or file), "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[name]
        if not isinstance(error, Exception | SystemExit):
            raise
        raise ModelFileError(f"{file}{_line(error, str(path or file))} raises {_told(error)}; mend it there") from error
    return module


def _source(file: str, text: str) -> ModelSource:
    try:
        content = ast.dump(ast.parse(text))
    except (SyntaxError, ValueError):
        content = text
    return ModelSource(file, text, hashlib.sha256(f"{file}\n{content}".encode()).hexdigest())


def _pick(module: types.ModuleType, file: str, wanted: str) -> type[Calibration]:
    own = {
        name: each
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, Calibration) and each.__module__ == module.__name__
    }
    names, whole = ", ".join(own) or "none", [name for name, each in own.items() if not inspect.isabstract(each)]
    if not own and not wanted:
        raise ModelFileError(f"{file} has no model; expected a class that subclasses a contract, see docs/own_model.md")
    if not wanted and len(whole) != 1:
        raise ModelFileError(f"{file} has these models: {names}; say which one, as in {file}:{(*whole, *own)[0]}")
    wanted = wanted or whole[0]
    found = vars(module).get(wanted)
    if found is None:
        raise ModelFileError(f"{file} has no class '{wanted}'; its models: {names}")
    if wanted not in own:
        raise ModelFileError(
            f"'{wanted}' in {file} is no model; expected a subclass of a contract, for example "
            f"'class {wanted}(hk.SymmetricEconomy):'. Models there: {names}"
        )
    if inspect.isabstract(found):
        raise ModelFileError(f"{file}:{wanted} lacks {_missing(found)}")
    return found


def _missing(model: type) -> str:
    """The abstract members that a class lacks, each with its first line."""
    lines = []
    for name in sorted(getattr(model, "__abstractmethods__", ())):
        member = inspect.getattr_static(model, name)
        text = inspect.getdoc(member.fget if isinstance(member, property) else member) or ""
        lines.append(f"\n  - {name}: {text.splitlines()[0] if text else 'see the contract'}")
    return f"{len(lines)} member{'s' if len(lines) > 1 else ''} of its contract:" + "".join(lines)


def _line(error: BaseException, file: str) -> str:
    trace, line = error.__traceback__, getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == file else line
        trace = trace.tb_next
    return f", line {line}," if line else ""


def _told(error: BaseException) -> str:
    text = str(error).strip()
    if text.startswith(AUTOGRAPH):
        return text.splitlines()[-1].strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
