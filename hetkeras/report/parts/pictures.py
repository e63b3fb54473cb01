"""Pictures for TensorBoard: from numbers to pixels, RGB uint8 [H, W, 3]."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hetkeras.report.parts.figures import decorate, finite, panel_grid, policy_figure

DOTS = 80  # an inch
MANY = 6  # curves, from which on the first and the last are named


def policy_picture(
    periods: np.ndarray, action: np.ndarray, reference: np.ndarray | None = None, name: str = "action"
) -> np.ndarray:
    """Draws a policy, or what else is compared with a reference, along one path.

    Args:
      periods, action: [T].
      reference: [T], or None where the model has none.
      name: what the axis says.
    """
    paths = {"period": np.asarray(periods), "action": np.asarray(action)}
    if reference is not None:
        paths["reference_action"] = np.asarray(reference)
    return _pixels(policy_figure({"": paths}, name))


def curves_picture(x: np.ndarray, curves: Mapping[str, np.ndarray], axes: tuple[str, str]) -> np.ndarray:
    """Draws functions of one variable, dark to bright.

    Args:
      x: [P].
      curves: name -> [P].
      axes: what the axes say.
    """
    figure, ((panel,),) = panel_grid(1)
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.88, len(curves)))
    for number, ((name, curve), shade) in enumerate(zip(curves.items(), shades, strict=True)):
        named = len(curves) <= MANY or number in (0, len(curves) - 1)
        panel.plot(x, finite(curve), color=shade, lw=1.8, label=name if named else "_")
    decorate(panel, *axes)
    panel.legend(frameon=False, fontsize=9)
    return _pixels(figure)


def _pixels(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(DOTS)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
