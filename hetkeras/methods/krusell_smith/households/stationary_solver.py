"""The interest rate at which households hold what others offer, found by enclosing it.

A step tries one rate: consumption by endogenous grid points, from that of the last rate; the distribution of
households that it leads to; what they hold beyond what is offered, which rises with the rate on the way to its root.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.methods.krusell_smith.households.endogenous_grid import EndogenousGrid, assets_next
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.methods.krusell_smith.households.signatures import household_solution
from hetkeras.methods.krusell_smith.households.wealth import stationary_mass
from hetkeras.solution import Solution
from hetkeras.training.solver import Solver

FIRST_STRIDE, STRETCH = 1e-6, 8.0  # from a rate that may be near, and factor by which it grows
NARROWEST = 1e-13  # range of rates that counts as one


class StationarySolver(Solver):
    """False position (Illinois), once the root is enclosed.

    Args:
      model: the economics.
      settings: see there.
      first: a rate that may be near; default: the middle of the range, whose halves are then tried.
      nodes: of assets, [H], from the borrowing limit or from below it; default: those of the settings.
    """

    def __init__(
        self,
        model: PriceTakingHouseholds,
        settings: StationarySettings = StationarySettings(),
        first: float | None = None,
        nodes: np.ndarray | None = None,
    ) -> None:
        super().__init__(settings.num_steps, seed=0)
        self.model, self.chosen = model, settings
        limit, greatest = model.borrowing_limit, model.greatest_assets
        self.nodes = asset_nodes(limit, greatest, settings.num_assets, settings.pivot) if nodes is None else nodes
        self._households = EndogenousGrid(model, self.nodes)
        low, high = model.interest_bounds
        self.interest = self._number((low + high) / 2 if first is None else first)
        self._stride = self._number(high - low if first is None else FIRST_STRIDE)  # until the root is enclosed
        self.excess = self._number(math.nan)  # assets held at the rate, less those offered, over the latter's size
        self._ends = self._number([low, high])
        self._excesses = self._number([math.nan, math.nan])  # at the ends; NaN before a rate was tried there
        self._side = tf.Variable(-1, trainable=False)  # end that moved last
        self.consumption = self._number(self._households.all_spent(self.interest))
        self.mass = self._number(np.zeros(self.consumption.shape))

    @staticmethod
    def _number(value: Any) -> tf.Variable:
        return tf.Variable(value, dtype=tf.float64, trainable=False)

    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Tries rates, each where the last one and those before it suggest.

        Raises:
          TrainingDiverged: if consumption does not converge, or no rate in the range clears the market.
        """
        iterations = tf.constant(0)
        for _ in range(int(num_steps)):
            if self.finished:
                break
            if math.isfinite(float(self.excess)):
                self.interest.assign(self._next())
            iterations = self._try()
            self.step.assign_add(1)
        metrics = {"loss": tf.abs(self.excess), "interest": self.interest.value(), "iterations": iterations}
        return tf.math.is_finite(self.excess) | (num_steps == 0), metrics

    def _try(self) -> tf.Tensor:
        """Solves for households at the rate and puts it on its side; returns the iterations it took."""
        tolerance, most = tf.constant(self.chosen.policy_tolerance, tf.float64), tf.constant(self.chosen.max_iterations)
        consumption, change, count = self._households.converged(
            self.interest.value(), self.consumption.value(), tolerance, most
        )
        if not change <= tolerance:
            raise TrainingDiverged(
                f"consumption at an interest rate of {float(self.interest):.6g} still changes by {float(change):.3g} "
                f"after {int(count)} iterations; expected at most {float(tolerance):.3g}. Allow more "
                "(--solver=max_iterations=...)"
            )
        self.consumption.assign(consumption)
        chain = self.model.idiosyncratic_chain
        saved = assets_next(self.model, self.interest.value(), tf.constant(self.nodes), consumption)
        self.mass.assign(stationary_mass(self.nodes, saved.numpy(), chain.transition))
        offered = float(self.model.supply(self.interest.value()))
        held = float(self.mass.numpy().sum(0) @ self.nodes)
        self.excess.assign((held - offered) / max(abs(offered), 1.0))
        self._move_end()
        return count

    def _move_end(self) -> None:
        """Moves one end to the rate that was tried; where the same one moves twice, the other's excess counts half."""
        side = int(float(self.excess) > 0)
        ends, excesses = self._ends.numpy(), self._excesses.numpy()
        if side == int(self._side):
            excesses[1 - side] /= 2
        self._side.assign(side)
        ends[side], excesses[side] = float(self.interest), float(self.excess)
        self._ends.assign(ends)
        self._excesses.assign(excesses)

    def _next(self) -> float:
        low, high = self._ends.numpy()
        below, above = self._excesses.numpy()
        if self._narrow:
            side = "lower" if math.isfinite(below) else "upper"
            raise TrainingDiverged(
                f"no interest rate clears the market of assets: up to the {side} end {float(self.interest):.6g} of the "
                f"range, households hold {float(self.excess):+.3g} beyond what is offered, relative to it. Widen the "
                "model's interest_bounds, or change its supply"
            )
        middle = (low + high) / 2
        if math.isnan(below + above):
            stride = float(self._stride)
            self._stride.assign(STRETCH * stride)
            return min(low + stride, middle) if math.isnan(above) else max(high - stride, middle)
        line = low + (high - low) * (below / (below - above))
        return line if low < line < high else middle

    @property
    def _narrow(self) -> bool:
        low, high = self._ends.numpy()
        return high - low <= NARROWEST

    @property
    def finished(self) -> bool:
        """Whether the market clears, or no rate is left between two at which excess demand has different signs."""
        enclosed = np.isfinite(self._excesses.numpy()).all() and self._narrow
        return bool(enclosed) or abs(float(self.excess)) <= self.chosen.tolerance

    @property
    def outcome(self) -> str:
        rates = f"{int(self.step)} of at most {self.num_steps} interest rates"
        cleared = abs(float(self.excess)) <= self.chosen.tolerance
        return f"the market {'cleared' if cleared else 'did not clear'} after {rates}"

    def tracked(self) -> dict[str, Any]:
        names = ("interest", "excess", "_stride", "_ends", "_excesses", "_side", "consumption", "mass")
        return {name.lstrip("_"): getattr(self, name) for name in names}

    def broken_state(self) -> str:
        return f"households at an interest rate of {float(self.interest):.6g}"

    def settings(self) -> dict[str, Any]:
        return {"method": type(self).__name__, **dataclasses.asdict(self.chosen)}

    def solution(self) -> Solution:
        training = {"interest": float(self.interest), "steps": int(self.step), **self.settings()}
        return household_solution(self.model, self.nodes, self.interest, self.consumption, training)
