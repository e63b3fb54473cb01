"""Covariances of moments: by drawing the firms of a panel anew, or panels out of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from hetkeras.errors import EstimationError
from hetkeras.estimation.simulated_moments import Simulate

if TYPE_CHECKING:
    import pandas as pd

Panel = Mapping[str, np.ndarray]
"""Column -> values [N, ...], a row a firm with all its years."""


def block_bootstrap(
    panel: Panel, moments: Callable[[Panel], Mapping[str, float]], draws: int = 500, seed: int = 0
) -> pd.DataFrame:
    """The covariance of a panel's moments, [M, M] with names; whole firms are drawn, with all their years.

    Args:
      panel: the data: column -> values [N, ...], a row a firm.
      moments: of a panel, by name.
      draws: panels of N firms, drawn with replacement.
      seed: of the draws.

    Raises:
      EstimationError: if there are fewer than two draws or firms, rows differ, or a moment is not finite in a draw.
    """
    sizes = {name: len(values) for name, values in panel.items()}
    if len(set(sizes.values())) != 1 or min(sizes.values()) < 2:
        raise EstimationError(f"the panel has rows {sizes}; expected as many in each column, a row a firm, at least 2")
    generator, firms = np.random.default_rng(seed), min(sizes.values())
    drawn = (generator.integers(firms, size=firms) for _ in range(draws))
    return _covariance(moments({name: values[rows] for name, values in panel.items()}) for rows in drawn)


def parametric_bootstrap(
    simulate: Simulate, parameters: Mapping[str, float], draws: int = 500, seed: int = 0
) -> pd.DataFrame:
    """The covariance of the moments of one panel of the model, [M, M] with names.

    Args:
      simulate: as `hetkeras.estimate` takes it.
      parameters: of the model.
      draws: panels, each with draws of its own.
      seed: of all of them.

    Raises:
      EstimationError: if there are fewer than two draws, or a moment is not finite in one.
    """
    seeds = np.random.default_rng(seed).integers(2**31, size=max(draws, 0))
    return _covariance(simulate(dict(parameters), 1, int(each)) for each in seeds)


def _covariance(drawn: Iterable[Mapping[str, float]]) -> pd.DataFrame:
    import pandas as pd  # for who estimates

    frame = pd.DataFrame([dict(moments) for moments in drawn], dtype=float)
    if len(frame) < 2:
        raise EstimationError(f"a bootstrap got {len(frame)} draws; expected at least 2, better 500")
    bad = [str(name) for name in frame if not np.isfinite(frame[name]).all()]
    if bad:
        raise EstimationError(f"{', '.join(bad)} is not finite in some draws of a bootstrap; mend or leave out")
    return frame.cov().rename_axis("moment")
