"""What value and choices of firms with branches are functions of: logs, levels, and waves along capital and labor.

The value bends where firms begin to adjust, and its slope in labor jumps there. Targets do more: the best capital of
firms that keep their labor jumps where they would rather hire next period. Networks learn bends and jumps last and
smooth them until then, which makes firms hire and invest too evenly, at a small Bellman error. Cosines of several
frequencies are a remedy that costs little.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms


class BranchFeatures:
    """Inputs of networks, and how they move with capital and labor.

    Args:
      model: the economics.
      waves: cosines along the log of capital, and as many along that of labor, of 1, 2, .. half periods between the
        ends of the nodes.
    """

    def __init__(self, model: BranchingFirms, waves: int) -> None:
        ends = [np.array([nodes[0], nodes[-1]]) for nodes in (model.capital_nodes, model.labor_nodes)]
        ranges = [*(np.log(each) for each in (*ends, np.array(model.mean_capital_bounds))), *ends]
        numbers = ((float(np.mean(r)), float(np.ptp(r) / 2)) for r in ranges)
        centre, scale = zip(*numbers, *[(0.0, 1.0)] * (2 * waves), strict=True)
        self.centre: tuple[float, ...] = centre
        self.scale: tuple[float, ...] = scale
        self._starts = [float(logs[0]) for logs in ranges[:2]]
        self._frequencies = [np.pi * np.arange(1, waves + 1) / np.ptp(logs) for logs in ranges[:2]]

    def __call__(self, mean_capital: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        """Logs of k, n and K, levels of k and n, waves of k, of n: [..., F]."""
        logs = [tf.math.log(part) for part in (capital, labor, mean_capital)]
        ones = tf.ones_like(capital * labor)
        plain = tf.stack([part * ones for part in (*logs, capital, labor)], -1)
        waves = [tf.cos(phase) * ones[..., None] for phase in self._phases(logs)]
        return tf.concat([plain, *waves], -1)

    def directions(self, capital: tf.Tensor, labor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """How the inputs move with the log of k, and with that of n: [..., F] each."""
        one, none = tf.ones_like(capital), tf.zeros_like(capital)
        plain = [one, none, none, capital, none], [none, one, none, none, labor]
        phases = self._phases([tf.math.log(part) for part in (capital, labor)])
        waves = [-tf.sin(phase) * speed for phase, speed in zip(phases, self._speeds(one.dtype), strict=True)]
        still = [tf.zeros_like(wave) for wave in waves]
        return (
            tf.concat([tf.stack(plain[0], -1), waves[0], still[1]], -1),
            tf.concat([tf.stack(plain[1], -1), still[0], waves[1]], -1),
        )

    def _phases(self, logs: list[tf.Tensor]) -> list[tf.Tensor]:
        """Of the waves of k and of n, [..., waves] each."""
        parts = zip(logs, self._starts, self._speeds(logs[0].dtype), strict=False)
        return [(log - start)[..., None] * speed for log, start, speed in parts]

    def _speeds(self, dtype: tf.DType) -> list[tf.Tensor]:
        return [tf.constant(frequency, dtype) for frequency in self._frequencies]
