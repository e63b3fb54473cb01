"""Numbers and curves by which the training of any symmetric economy is watched."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.methods.euler_residual.diagnosis import euler_residuals, policy_error
from hetkeras.methods.euler_residual.solver import starting_paths


class ActionPath(NamedTuple):
    """Mean action along a path by period, each [T]; no reference where the model has none."""

    period: np.ndarray
    action: np.ndarray
    reference: np.ndarray | None


class Watch:
    """What is measured on a policy while it trains, on paths that no policy drew.

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K], as it is when a member is called.
      seed: of the paths; training has another.
    """

    def __init__(self, model: SymmetricEconomy, policy: Policy, seed: int) -> None:
        self._model, self._policy = model, policy
        self._paths = starting_paths(model, seed, 2, 64).numpy()

    def residual_quantiles(self) -> dict[str, float]:
        """Quantiles of the absolute Euler residual, relative to marginal cost."""
        relative = np.abs(euler_residuals(self._model, self._policy, self._paths[::8], 1, 3, 2)["relative"])
        return {f"euler_residual_q{q}": float(np.quantile(relative, q / 100)) for q in (50, 95, 99)}

    def reference_gap(self) -> dict[str, float]:
        """Distance to the model's reference; empty without one."""
        return policy_error(self._model, self._policy, self._paths[::8])[0]

    def action_path(self) -> ActionPath:
        """The policy along the first path, and the reference there."""
        state = tf.constant(self._paths[:, 0])
        action = self._policy(self._model.deciding_agents(state), state).numpy().mean(-1)
        _, exact = policy_error(self._model, self._policy, self._paths[:, :1])
        return ActionPath(np.arange(len(action)), action, None if exact is None else exact[:, 0].mean(-1))
