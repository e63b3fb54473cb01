"""J destinations that differ, share their Brownian factors and complement each other.

flow = y'(zeta - nu) + y'C y,   d nu_j = -theta (nu_j - nubar_j) dt + sum_m sigma_j^m dW^m.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.export_entry.export_market import ExportMarket


@dataclasses.dataclass(frozen=True, eq=False)
class LinkedMarkets:
    """Parameters of J destinations that are driven by M factors.

    Args:
      common: rates and costs of effort that all share; its revenue, mean_cost, cost_volatility and entry_cost give
        way to the arrays below.
      revenue: [J].
      mean_cost: [J].
      entry_cost: [J].
      loadings: [J, M].
      complementarity: [J, J], zero on the diagonal; need not be symmetric.

    Raises:
      ShapeError: if the arrays disagree on J.
      CalibrationError: if a number is not finite, a destination has no loadings or the diagonal is not zero.
    """

    common: ExportMarket
    revenue: np.ndarray  # zeta
    mean_cost: np.ndarray  # nubar
    entry_cost: np.ndarray  # s
    loadings: np.ndarray  # sigma
    complementarity: np.ndarray  # C

    def __post_init__(self) -> None:
        arrays = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "common"}
        shapes = {name: np.shape(array) for name, array in arrays.items()}
        num, num_factors = np.size(self.revenue), np.shape(self.loadings)[-1] if np.ndim(self.loadings) else 0
        if not num or [*shapes.values()] != [(num,), (num,), (num,), (num, num_factors), (num, num)]:
            raise ShapeError(
                f"the arrays of the destinations have the shapes {shapes}; expected [J] for revenue, mean_cost and "
                "entry_cost, [J, M] for loadings and [J, J] for complementarity, with J at least 1"
            )
        problems = [f"{name} is not finite" for name, array in arrays.items() if not np.isfinite(array).all()]
        problems += [
            f"the loadings of destination {j} are all 0" for j in np.flatnonzero(~np.any(self.loadings, axis=1))
        ]
        if np.any(np.diagonal(self.complementarity)):
            problems += ["complementarity has a diagonal that is not 0: what one destination earns belongs to revenue"]
        if problems:
            raise CalibrationError("linked markets cannot be solved: " + "; ".join(problems))

    @property
    def destinations(self) -> tuple[ExportMarket, ...]:
        """Each destination on its own, without complementarity."""
        return self.with_revenue(self.revenue)

    def with_revenue(self, revenue: np.ndarray) -> tuple[ExportMarket, ...]:
        """Returns the destinations with other revenues [J]."""
        columns = {
            "revenue": revenue,
            "mean_cost": self.mean_cost,
            "entry_cost": self.entry_cost,
            "cost_volatility": np.linalg.norm(self.loadings, axis=1),
        }
        rows = zip(*(map(float, column) for column in columns.values()), strict=True)
        return tuple(dataclasses.replace(self.common, **dict(zip(columns, row, strict=True))) for row in rows)
