"""Storage that fails: full disks, permissions, damaged run directories.

A solve is refused in one line or ends as an undisturbed one. Once the fault is gone, nothing is lost.
"""

from __future__ import annotations

import contextlib
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tools.faults import damage, forks
from tools.faults.case import Case
from tools.faults.forks import bound_by_modes
from tools.faults.kills import Whole, solve_until, undisturbed
from tools.faults.tiny_solve import solve

EXPECTED = "the solve is refused in one line, or ends as an undisturbed one, to the bit"
RESUMED = f"{EXPECTED}; with the fault gone it does"
LARGEST_FILES = (0, 100, 300, 700, 1000, 2000, 3000, 5000, 10_000)  # bytes
DISKS = (4, 8, 16, 24, 32, 40, 48, 56, 64, 80)  # KiB; a solve takes some more
MODES = {
    "": 0o555,
    "checkpoints": 0o555,
    "tensorboard": 0o555,
    "saved_model": 0o555,
    "saved_model/assets": 0o555,
    "run.json": 0,
    "diagnostics.json": 0,
    ".lock": 0,
    "checkpoints/checkpoint": 0,
    "saved_model/saved_model.pb": 0,
    "checkpoints/": 0,
    "saved_model/": 0,
}


def cases() -> Iterator[Case]:
    """Yields every fault."""
    with tempfile.TemporaryDirectory(prefix="hetkeras_whole_") as place:
        whole = undisturbed(Path(place))
        half = Path(place) / "half"
        forks.outcome(solve_until, half, whole.changes // 2, True)
        for largest in LARGEST_FILES:
            yield Case("full disk", f"files of {largest} bytes", RESUMED, partial(small_files, whole, largest))
        if can_mount(Path(place)):
            for size in DISKS:
                yield Case("full disk", f"a disk of {size} KiB", RESUMED, partial(small_disk, whole, size))
            yield Case("permissions", "a disk that is read-only", RESUMED, partial(read_only, whole))
        for part, mode in MODES.items():
            yield Case("permissions", f"{part or 'all'} with mode {mode:o}", RESUMED, partial(forbidden, whole, part))
        for stage, run_dir in (("half a run", half), ("a finished run", whole.run_dir)):
            for path in sorted(run_dir.rglob("*")):
                inside = path.relative_to(run_dir)
                for what, harm in (damage.OF_FOLDERS if path.is_dir() else damage.OF_FILES).items():
                    act = partial(damaged, whole, run_dir, inside, harm)
                    yield Case(f"damage in {stage}", f"{inside}: {what}", EXPECTED, act)


def small_files(whole: Whole, largest: int, folder: Path) -> str | None:
    """Solves where no file may be larger."""
    return told(whole, forks.outcome(limited, folder / "run", largest)) or resumed(whole, folder / "run")


def limited(run_dir: Path, largest: int) -> str:
    """Solves with a limit on the size of files."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    return solve(run_dir)


def can_mount(place: Path) -> bool:
    """Whether this process may make disks."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError), disk(place / "disk", 64):
        return True
    return False


@contextlib.contextmanager
def disk(path: Path, size: int) -> Iterator[Path]:
    """A disk of so many KiB, for `with`."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", path], check=True, capture_output=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True, capture_output=True)


def small_disk(whole: Whole, size: int, folder: Path) -> str | None:
    """Solves on a disk with little room, which grows afterwards."""
    with disk(folder / "disk", size) as path:
        wrong = told(whole, forks.outcome(solve, path / "run"))
        subprocess.run(["mount", "-o", "remount,size=9m", path], check=True, capture_output=True)
        return wrong or resumed(whole, path / "run")


def read_only(whole: Whole, folder: Path) -> str | None:
    """Solves a finished run again on a disk that has become read-only."""
    with disk(folder / "disk", 9000) as path:
        shutil.copytree(whole.run_dir, path / "run")
        subprocess.run(["mount", "-o", "remount,ro", path], check=True, capture_output=True)
        wrong = told(whole, forks.outcome(solve, path / "run"))
        subprocess.run(["mount", "-o", "remount,rw", path], check=True, capture_output=True)
        return wrong or resumed(whole, path / "run")


def forbidden(whole: Whole, name: str, folder: Path) -> str | None:
    """Solves a finished run again without a permission; with a slash at the end, on all files of a folder."""
    shutil.copytree(whole.run_dir, folder / "run")
    path = folder / "run" / name
    victims = [each for each in path.rglob("*") if each.is_file()] if name.endswith("/") else [path]
    before = {victim: victim.stat().st_mode for victim in victims}
    for victim in victims:
        victim.chmod(MODES[name])
    found = forks.outcome(bound_by_modes, solve, folder / "run")
    for victim, mode in before.items():
        if victim.exists():
            victim.chmod(mode)
    return told(whole, found) or resumed(whole, folder / "run")


def damaged(whole: Whole, run_dir: Path, name: Path, harm: damage.Harm, folder: Path) -> str | None:
    """Solves again where a file or a folder of a run is damaged."""
    shutil.copytree(run_dir, folder / "run")
    harm(folder / "run" / name)
    return told(whole, forks.outcome(solve, folder / "run"))


def told(whole: Whole, found: forks.Outcome) -> str | None:
    """What is wrong with how a solve with a fault ended."""
    return forks.problem(found, whole.value)


def resumed(whole: Whole, run_dir: Path) -> str | None:
    """What is wrong with a solve without the fault."""
    found = forks.outcome(solve, run_dir)
    refused = f"it stays refused: {found.refused}" if found.refused else None
    return refused or forks.problem(found, whole.value)
