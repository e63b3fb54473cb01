"""What stands for solves in tests of sweeps: numbers from a case, and a line for each time that it is asked for."""

import errno
import os
import signal
import sys

from hetkeras.verbs.solved_case import Checked


def check_cases(cases, log):
    return [Checked({"calibration": {"x": float(case.calibration["x"]), "y": 2.0}}) for case in cases]


def unknown(cases, log):
    return [Checked({}, "Walk has no field 'z'") for case in cases]


def solve_case(case, folder):
    x = float(case.calibration["x"])
    print(f"solving {x}")
    with (folder.parents[2] / "asked").open("a") as stream:
        stream.write(f"{case.name}{case.seed}\n")
    if x < 0:
        raise ValueError("x is negative\nand more")
    if x > 9:
        sys.exit("x is beyond me")
    return {"converged": True, "reason": None, "third": x / 3 + case.seed, "x": -x, "train_seconds": 0.1}


def full_disk(case, folder):
    if case.name == "b":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return solve_case(case, folder)


def deadly(case, folder):
    if case.name == "b":
        with (folder / "starts").open("a") as stream:
            stream.write("+")
        os.kill(os.getpid(), signal.SIGKILL)
    return solve_case(case, folder)
