"""TensorBoard: losses, economics, pictures of the policy and hyper-parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hyperparameters

from hetkeras.training.trainer import Progress

Probe = Callable[[], Mapping[str, float]]
Picture = Callable[[], np.ndarray]


class TensorBoard:
    """Writes every metric each chunk, under training/ unless it names its group, and what is dearer now and then.

    Args:
      log_dir: event files go here.
      settings: hyper-parameters of the run, shown in the HPARAMS tab.
      probes: return name -> number, measured on the current policy (residual quantiles, gap to a closed form).
      pictures: name -> function that draws the current policy as an RGB array [height, width, 3].
      evaluate_every: chunks between two rounds of probes and pictures; the last step always has one.
    """

    def __init__(
        self,
        log_dir: Path,
        settings: Mapping[str, Any],
        probes: tuple[Probe, ...] = (),
        pictures: Mapping[str, Picture] | None = None,
        evaluate_every: int = 4,
    ) -> None:
        self._writer = tf.summary.create_file_writer(str(log_dir))
        self._probes, self._pictures, self._evaluate_every = probes, pictures or {}, evaluate_every
        self._calls = 0
        with self._writer.as_default():
            flat = {k: v if isinstance(v, (bool, int, float, str)) else str(v) for k, v in settings.items()}
            hyperparameters.hparams(flat)

    def __call__(self, progress: Progress) -> None:
        with self._writer.as_default(step=progress.step):
            for name, value in progress.metrics.items():
                tf.summary.scalar(name if "/" in name else f"training/{name}", value)
            if progress.last or self._calls % self._evaluate_every == 0:
                for probe in self._probes:
                    for name, value in probe().items():
                        tf.summary.scalar(f"economics/{name}", value)
                for name, draw in self._pictures.items():
                    tf.summary.image(name, draw()[None])
        self._calls += 1
        self._writer.flush()
