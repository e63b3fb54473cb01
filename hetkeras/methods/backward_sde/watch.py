"""Numbers and pictures by which the training of a value with a horizon is watched."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.methods.backward_sde.backward_equation import path_values
from hetkeras.methods.backward_sde.paths import antithetic_shocks, simulate, start_of
from hetkeras.methods.backward_sde.solver import BackwardSDE

PATHS, STREAM = 64, -2  # of paths that training does not see
QUANTILES = 50, 95, 99


class Watch:
    """What the value says along fresh paths from the initial state.

    Args:
      solver: what trains it.
    """

    def __init__(self, solver: BackwardSDE) -> None:
        self._solver = solver
        shape = solver.chosen.time_steps, PATHS, solver.model.num_states
        shocks = antithetic_shocks(tf.constant([solver.seed, STREAM]), shape, "normal")
        self._paths = simulate(solver.model, start_of(solver.model, PATHS), 0.0, shocks)

    def distances(self) -> dict[str, float]:
        """Quantiles of the residual and the root mean square distance to exact values, in deviations of the value."""
        solver, paths = self._solver, self._paths
        value, following = path_values(solver.model, solver.value, paths)
        scale = float(solver.network.value_scaling.deviation[0])
        residual = np.abs((value[:-1] - following).numpy()) / scale
        found = {f"residual_q{q}": float(np.quantile(residual, q / 100)) for q in QUANTILES}
        exact = self._exact()
        gap = {} if exact is None else {"value_error": float(np.sqrt(np.mean((value.numpy() - exact) ** 2))) / scale}
        return found | gap

    def picture(self) -> np.ndarray:
        """Draws the value along the first path, and the exact one where it is known."""
        from hetkeras.report.parts.pictures import policy_picture  # matplotlib, for who draws

        value = path_values(self._solver.model, self._solver.value, self._paths)[0].numpy()
        exact = self._exact()
        return policy_picture(np.arange(len(value)), value[:, 0], None if exact is None else exact[:, 0], "value")

    def _exact(self) -> np.ndarray | None:
        """Exact values [T, B] along the paths."""
        state = self._paths.state.numpy()
        time = self._paths.time.numpy().reshape(-1)
        exact = self._solver.model.exact_value(time, state.reshape(-1, state.shape[-1]))
        return None if exact is None else np.reshape(exact, state.shape[:2])
