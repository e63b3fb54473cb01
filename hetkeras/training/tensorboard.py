"""TensorBoard: losses, economics, pictures of the policy and hyper-parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hyperparameters

from hetkeras.errors import unwritten
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

    Raises:
      RunDirectoryError: if event files cannot be written.
    """

    def __init__(
        self,
        log_dir: Path,
        settings: Mapping[str, Any],
        probes: tuple[Probe, ...] = (),
        pictures: Mapping[str, Picture] | None = None,
        evaluate_every: int = 4,
    ) -> None:
        self._log_dir, self._probes, self._pictures, self._evaluate_every = (
            log_dir,
            probes,
            pictures or {},
            evaluate_every,
        )
        self._calls = 0
        flat = {k: v if isinstance(v, (bool, int, float, str)) else str(v) for k, v in settings.items()}
        with self._writing():
            self._writer = tf.summary.create_file_writer(str(log_dir))
            with self._writer.as_default():
                hyperparameters.hparams(flat)

    def __call__(self, progress: Progress) -> None:
        """Writes what a chunk has come to.

        Raises:
          RunDirectoryError: if it cannot be written.
        """
        numbers = {name if "/" in name else f"training/{name}": value for name, value in progress.metrics.items()}
        pictures = {}
        if progress.last or self._calls % self._evaluate_every == 0:
            numbers |= {f"economics/{name}": value for probe in self._probes for name, value in probe().items()}
            pictures = {name: draw() for name, draw in self._pictures.items()}
        with self._writing(), self._writer.as_default(step=progress.step):
            for name, value in numbers.items():
                tf.summary.scalar(name, value)
            for name, picture in pictures.items():
                tf.summary.image(name, picture[None])
            self._writer.flush()
        self._calls += 1

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            raise unwritten(self._log_dir, error) from error
