"""One solve that is timed, and the time after which its error stays within a target."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

CHUNKS = 24  # in which a solve is trained


class Trial(NamedTuple):
    """What trains, a number of steps at a time, how far it then is from the truth, and how many steps it plans."""

    train: Callable[[tf.Tensor], Any]
    error: Callable[[], float]
    num_steps: int


def measure(trial: Trial, target: float) -> list[Any]:
    """Trains to the end and looks at the error after each of a few chunks of steps.

    Returns:
      Seconds to compile; the target; seconds of training after which errors stay within it, None if they do not;
      seconds of all training; the error in the end.
    """
    started = time.process_time()
    trial.train(tf.constant(0))
    compilation, seconds, errors = time.process_time() - started, [0.0], [math.inf]
    for steps in np.diff(np.linspace(0, trial.num_steps, CHUNKS + 1).astype(int)):
        started = time.process_time()
        trial.train(tf.constant(int(steps)))
        seconds.append(seconds[-1] + time.process_time() - started)
        errors.append(trial.error())
    last = max(chunk for chunk, error in enumerate(errors) if not error <= target)  # an error may pass its target by
    reached = seconds[last + 1] if last < CHUNKS else None
    return [compilation, target, reached, seconds[-1], errors[-1]]
