"""A progress bar on the terminal."""

from __future__ import annotations

from tqdm import tqdm

from hetkeras.training.trainer import Progress


class ProgressBar:
    """Shows steps, speed and the loss; written to standard error."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: tqdm | None = None

    def __call__(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = tqdm(desc=self._title, total=progress.num_steps, initial=progress.step, unit="step")
        self._bar.set_postfix(loss=f"{progress.metrics['loss']:.1e}", refresh=False)
        self._bar.update(progress.step - self._bar.n)
        if progress.last:
            self._bar.total = progress.step  # fewer than planned may be enough
            self._bar.close()
