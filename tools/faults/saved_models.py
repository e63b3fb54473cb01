"""Damaged SavedModels: each is refused in one line, or gives the same numbers; none runs what it names.

Where the fault is in the metadata they are sealed again, since a checksum would refuse all of them.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from hetkeras.metadata import ASSET, sealed
from tools.faults import damage, forks
from tools.faults.case import Case
from tools.faults.tiny_solve import load_tiny, loaded_values, solve

EXPECTED = "it is refused in one line, or gives the same numbers"
UNRUN = "it is refused in one line, and nothing that it names is run"
WRONG: tuple[Any, ...] = (None, True, -1, 0.5, "text", "", [], [[1, "a"]], {}, {"a": None}, {"a": {"b": [1]}})
TEXTS = {
    "nothing": "",
    "half an object": '{"format": 1, "model":',
    "a list": "[]",
    "nested 100,000 deep": "[" * 100_000,
    "a number of 5,000 digits": f'{{"format": {"9" * 5000}}}',
    "not a number": '{"format": NaN}',
    "an infinite number": '{"format": 1e999}',
}
NAMES = (
    "evil:Tiny",
    "evil.inner:Tiny",
    ".evil:Tiny",
    "evil",
    ":Tiny",
    "",
    "os:system",
    "subprocess:Popen",
    "builtins:exec",
    "builtins:type",
    "__main__:Tiny",
    "hetkeras.no_such:Tiny",
    "hetkeras.method:Options",
    "hetkeras.method:method_of",
    "hetkeras.calibration:Calibration",
    "hetkeras.contracts.symmetric_economy:SymmetricEconomy",
    "hetkeras.models.investment:tf",
    "hetkeras/../evil:Tiny",
)
EVIL = 'open("ran", "w").close()\n\nclass Tiny:\n    def __init__(self, *_, **__):\n        open("ran", "w").close()\n'


class Model(NamedTuple):
    """A whole SavedModel: where it is, what it gives, what it says of itself."""

    path: Path
    value: str
    metadata: dict[str, Any]


def cases() -> Iterator[Case]:
    """Yields every damaged SavedModel."""
    with tempfile.TemporaryDirectory(prefix="hetkeras_whole_") as place:
        forks.outcome(solve, Path(place) / "run")
        path = Path(place) / "run" / "saved_model"
        whole = Model(path, forks.outcome(load_tiny, path).value, json.loads((path / ASSET).read_text()))
        yield from files(whole)
        for what, text in TEXTS.items():
            yield Case("metadata", what, EXPECTED, partial(with_text, whole, text))
        for keys in places(whole.metadata):
            batch = functools.cache(partial(with_wrong_values, whole, keys))
            for number, value in enumerate(("no value", *WRONG)):
                name = f"{'.'.join(keys)}: {value!r}"
                yield Case("metadata", name, EXPECTED, partial(one_of, batch, number, whole.value))
        for name in NAMES:
            yield Case("names of classes", name or "none", UNRUN, partial(named, whole, name, None))
        source = {"file": "evil.py", "text": EVIL, "checksum": "0"}
        yield Case("names of classes", "text", UNRUN, partial(named, whole, "evil.py:Tiny", source))


def files(whole: Model) -> Iterator[Case]:
    """Yields damage to each file and folder, and what other programs leave beside them."""
    for path in sorted(whole.path.rglob("*")):
        name = path.relative_to(whole.path)
        for what, harm in (damage.OF_FOLDERS if path.is_dir() else damage.OF_FILES).items():
            yield Case("files", f"{name}: {what}", EXPECTED, partial(with_damage, whole, name, harm))
        yield Case("permissions", f"{name} with mode 0", EXPECTED, partial(forbidden, whole, name))
    for folder in (".", "variables", "assets"):
        for other in (".DS_Store", "._variables.index", "Thumbs.db", "notes.txt", "variables.index.bak"):
            act = partial(with_damage, whole, Path(folder) / other, lambda path: path.write_bytes(b"\0\1\2"))
            yield Case("files beside it", f"{folder}/{other}", EXPECTED, act)


def places(value: Any, above: Sequence[str] = ()) -> Iterator[Sequence[str]]:
    """Yields the way to each entry of nested objects, long lists of plain texts apart."""
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        if key != "metadata_sha256" and not (above and above[0] in ("axes", "versions") and key not in ("B", "keras")):
            yield (*above, key)
            yield from places(entry, (*above, key))


def with_damage(whole: Model, name: Path, harm: damage.Harm, folder: Path) -> str | None:
    """Loads it with a file or a folder damaged."""
    path = shutil.copytree(whole.path, folder / "model")
    harm(path / name)
    return forks.problem(forks.outcome(load_tiny, path), whole.value)


def forbidden(whole: Model, name: Path, folder: Path) -> str | None:
    """Loads it where one file or folder may not be read."""
    path = shutil.copytree(whole.path, folder / "model")
    mode = (path / name).stat().st_mode
    (path / name).chmod(0)
    found = forks.outcome(forks.bound_by_modes, load_tiny, path)
    (path / name).chmod(mode)
    return forks.problem(found, whole.value)


def with_text(whole: Model, text: str, folder: Path) -> str | None:
    """Loads it with another text in place of its metadata."""
    return with_damage(whole, ASSET, lambda path: path.write_text(text), folder)


def with_wrong_values(whole: Model, keys: Sequence[str]) -> list[forks.Outcome]:
    """Loads it without an entry of its metadata, and with each wrong value there, all in one fork."""
    with tempfile.TemporaryDirectory(prefix="hetkeras_fault_") as place:
        paths = []
        for number, value in enumerate((None, *WRONG)):
            metadata = json.loads(json.dumps(whole.metadata))
            inner = functools.reduce(lambda entry, key: entry[key], keys[:-1], metadata)
            if number:
                inner[keys[-1]] = value
            else:
                del inner[keys[-1]]
            paths.append(shutil.copytree(whole.path, Path(place) / str(number)))
            (paths[-1] / ASSET).write_text(json.dumps(sealed(metadata)))
        found = forks.outcome(forks.each, load_tiny, paths)
        return found.value or [found] * len(paths)


def one_of(batch: Callable[[], list[forks.Outcome]], number: int, right: str, folder: Path) -> str | None:
    """What is wrong with one outcome of a batch."""
    del folder
    return forks.problem(batch()[number], right)


def named(whole: Model, name: str, source: dict[str, str] | None, folder: Path) -> str | None:
    """Loads it with another name of its class, in a folder with a module of that name."""
    path = shutil.copytree(whole.path, folder / "model")
    extra = {} if source is None else {"model_source": source}
    (path / ASSET).write_text(json.dumps(sealed({**whole.metadata, "model_class": name, **extra})))
    (folder / "evil.py").write_text(EVIL)
    found = forks.outcome(load_there, folder)
    if (folder / "ran").exists():
        return f"the module that it names ran; {found}"
    return forks.problem(found, None) or (None if found.refused else f"it is loaded: {found.value}")


def load_there(folder: Path) -> str:
    """Loads the SavedModel of a folder as a program does that is started in it."""
    os.chdir(folder)
    sys.path.insert(0, "")
    return loaded_values(Path("model"), None)
