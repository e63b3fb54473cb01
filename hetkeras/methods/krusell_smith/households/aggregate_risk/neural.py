"""The neural method for households: a consumption network on Euler equations, a distribution that moves, rules.

A coarse classical solution gives first rules, and a first policy to fit. From there each step is one of least squares
on Euler equations at own states, both sides of which move: where they all hold nothing is left of the coarse solution.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled, graph
from hetkeras.methods.krusell_smith.coarse_solve import CoarseSolve
from hetkeras.methods.krusell_smith.households.aggregate_risk.classical import ClassicalHouseholds
from hetkeras.methods.krusell_smith.households.aggregate_risk.consumption_network import ConsumptionNetwork
from hetkeras.methods.krusell_smith.households.aggregate_risk.euler_residual import (
    Found,
    Households,
    distance,
    euler_residual,
)
from hetkeras.methods.krusell_smith.households.aggregate_risk.neural_settings import NeuralHouseholdSettings
from hetkeras.methods.krusell_smith.households.aggregate_risk.saving_table import SavingTable
from hetkeras.methods.krusell_smith.households.aggregate_risk.signatures import aggregate_risk_solution
from hetkeras.methods.krusell_smith.households.aggregate_risk.simulator import HouseholdSimulator
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.methods.krusell_smith.rules.implied_price import ImpliedPriceRules
from hetkeras.solution import Solution
from hetkeras.training.compiled_steps import run_steps
from hetkeras.training.gauss_newton import sample_jacobian
from hetkeras.training.levenberg_marquardt import LevenbergMarquardt
from hetkeras.training.phases import phase
from hetkeras.training.solver import Solver

ROUNDING = 1e-9  # of what may be spent, from which on all of it counts as spent


class NeuralHouseholds(Solver):
    """A step is one of Levenberg-Marquardt; after each round of them the economy is simulated and rules are moved.

    Args:
      network: over a model.
      rules: what households expect; moved by each round.
      settings: see there.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that the regressions leave out.
      coarse: a classical solver, nothing solved yet, from which a run begins.
      seed: of the households at which the Euler equation is to hold.
    """

    undivided = "a step solves the equations of all households together"

    def __init__(
        self,
        network: ConsumptionNetwork,
        rules: ImpliedPriceRules,
        settings: NeuralHouseholdSettings,
        path: np.ndarray,
        burn_in: int,
        coarse: ClassicalHouseholds,
        seed: int = 0,
    ) -> None:
        super().__init__(settings.num_steps, seed)
        self.model, self.network, self.rules, self.chosen = network.model, network, rules, settings
        self.coarse, self.weights = coarse, network.weights
        limits = self.model.borrowing_limit, self.model.greatest_assets
        places = asset_nodes(*limits, settings.histogram_nodes, settings.histogram_pivot)
        self.table = SavingTable(self.model, places, settings.num_mean_capital)
        simulator = HouseholdSimulator(self.model, self.table)
        self.round = OuterLoop(simulator, rules, path, burn_in, False, settings.short_periods, settings.near)
        self._start = tf.Variable(0, trainable=False)
        self._newton = LevenbergMarquardt(self.weights)
        self.households = Households(*(tf.Variable(part, trainable=False) for part in self._drawn(0.0, 1.0)))

    def _drawn(self, low: float, high: float) -> tuple[np.ndarray, ...]:
        """Households in all states, close together where assets are few.

        Args:
          low, high: between which most of mean capital is, as shares of its range.
        """
        chosen, model, rng = self.chosen, self.model, np.random.default_rng(self.seed)
        count, states = chosen.households, model.idiosyncratic_chain.num_states
        own, aggregate = np.divmod(np.arange(count), model.aggregate_chain.num_states)
        span = model.greatest_assets - model.borrowing_limit
        pivot = rng.choice([chosen.pivot, chosen.wide_pivot], count)
        assets = model.borrowing_limit + pivot * ((1 + span / pivot) ** rng.uniform(size=count) - 1)
        share = np.where(
            rng.uniform(size=count) < chosen.explored, rng.uniform(size=count), rng.uniform(low, high, count)
        )
        least, most = model.mean_capital_bounds
        return (own % states).astype(np.int32), assets, aggregate.astype(np.int32), least + (most - least) * share

    # --- before the first round ------------------------------------------------------------------------------
    def begin(self) -> float:
        seconds = CoarseSolve(self.coarse).give(self.rules)
        with phase("a first policy"):
            started = time.monotonic()
            self._look(self.coarse.round.series.get("mean_capital", np.array(self.model.mean_capital_bounds)))
            self._fit(tf.constant(self.chosen.fit_steps))
        self._newton.restart()
        return seconds + time.monotonic() - started

    def _look(self, capital: np.ndarray) -> None:
        """Draws households at mean capital [T] of a simulation, and about it."""
        least, most = self.model.mean_capital_bounds
        seen = capital[min(self.round.burn_in, len(capital) - 2) :]
        ends = (np.array([seen.min(), seen.max()]) - least) / (most - least)
        low, high = np.clip(ends + self.chosen.margin * np.ptp(ends) * np.array([-1, 1]), 0, 1)
        for variable, part in zip(self.households, self._drawn(low, high), strict=True):
            variable.assign(part)

    @graph
    def _fit(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Steps towards consumption of the coarse solution."""
        here = self._here()
        targets, most = self.coarse.grid.policy(*here), self.network.to_spend(*here)
        targets = tf.where(targets < (1 - ROUNDING) * most, targets, 2 * most)

        def found() -> Found:
            return self._weighted(distance(self.network.wanted(*here), targets, most), most)

        return run_steps(lambda: self._improved(self._fitted(here, targets, most), found), num_steps, ("loss",))

    @compiled
    def _fitted(self, here: Households, targets: tf.Tensor, most: tf.Tensor) -> tuple[Found, tf.Tensor]:
        def found_at(rows: tuple[Households, tf.Tensor, tf.Tensor]) -> Found:
            return self._weighted(distance(self.network.wanted(*rows[0]), rows[1], rows[2]), rows[2])

        return sample_jacobian(found_at, self.weights, (here, targets, most))

    # --- training --------------------------------------------------------------------------------------------
    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        wanted = int(num_steps) > 0  # a loop of no steps would compile nothing
        return self._steps(tf.constant(max(int(num_steps), 1)), tf.constant(wanted))

    @graph
    def _steps(self, num_steps: tf.Tensor, wanted: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return run_steps(lambda: self._update(wanted), num_steps, ("loss",))

    def _update(self, wanted: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        here = self._here()
        finite, metrics = self._improved(self._linearized(here), lambda: self._equations(here), wanted)
        self.step.assign_add(tf.cast(finite & wanted, tf.int32))
        return finite, metrics

    @compiled
    def _linearized(self, here: Households) -> tuple[Found, tf.Tensor]:
        return sample_jacobian(self._equations, self.weights, here)

    def _equations(self, here: Households) -> Found:
        return self._weighted(euler_residual(self.network, self.rules, here), self.network.to_spend(*here))

    def _weighted(self, found: Found, most: tf.Tensor) -> Found:
        """With less weight where little may be spent: hardly anyone is there, and errors at the limit are large.

        Small errors of one sign where most households are add up over their lives.
        """
        return Found(found.residual * most / (most + self.chosen.typical * self.network.income))

    def _improved(
        self, at: tuple[Found, tf.Tensor], found: Callable[[], Found], wanted: bool | tf.Tensor = True
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Takes a step if it is wanted and all is finite; returns whether it is, and the root mean square residual."""
        residual, jacobian = at[0].residual, at[1]
        finite = tf.reduce_all(tf.math.is_finite(residual)) & tf.reduce_all(tf.math.is_finite(jacobian))

        def squares() -> tf.Tensor:
            return tf.reduce_sum(tf.square(found().residual))

        def improve() -> tf.Tensor:
            return self._newton.improve(jacobian, residual, squares)

        total = tf.cond(finite & wanted, improve, lambda: tf.reduce_sum(tf.square(residual)))
        return finite, {"loss": tf.sqrt(total / self.chosen.households)}

    def _here(self) -> Households:
        return Households(*(part.value() for part in self.households))

    # --- rounds ----------------------------------------------------------------------------------------------
    def refresh(self) -> dict[str, float]:
        """At the end of a round: simulates and updates the rules.

        Raises:
          TrainingDiverged: see `OuterLoop.run`.
        """
        planned = self.chosen.round_steps if int(self.round.count) else self.chosen.first_steps
        if int(self.step) < int(self._start) + planned:
            return {}
        self.table.assets_next.assign(self._tabulated())
        self.round.run()
        self._newton.restart()
        self._start.assign(self.step)
        return {"economics/round": float(self.round.count), **self.round.summary()}

    @graph
    def _tabulated(self) -> tf.Tensor:
        """Where households go from the nodes of the distribution, [A, J, E, H]."""
        own, assets, aggregate, capital = (tf.constant(part.ravel()) for part in self.table.places())
        here = Households(tf.cast(own, tf.int32), assets, tf.cast(aggregate, tf.int32), capital)
        going = self.network.assets_next(self.network.wanted(*here), self.network.to_spend(*here))
        return tf.reshape(going, self.table.assets_next.shape)

    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        """Assets [H] and consumption [E, H] in the last aggregate state, with mean capital in the middle."""
        places = tuple(part[-1, part.shape[1] // 2] for part in self.table.places())
        own, assets, aggregate, capital = (tf.constant(part.ravel()) for part in places)
        here = Households(tf.cast(own, tf.int32), assets, tf.cast(aggregate, tf.int32), capital)
        consumption = tf.minimum(self.network.wanted(*here), self.network.to_spend(*here))
        return self.table.nodes, consumption.numpy().reshape(places[0].shape)

    @property
    def finished(self) -> bool:
        return self.round.settled(self.chosen.tolerance)

    @property
    def outcome(self) -> str:
        return self.round.outcome(self.chosen.max_rounds, self.finished)

    # --- what the Trainer and the rest ask -------------------------------------------------------------------
    def tracked(self) -> dict[str, Any]:
        return {
            "network": self.weights,
            "newton": self._newton,
            "rules": self.rules,
            "households": [*self.households],
            "rounds": [*self.round.tracked, self._start],
        }

    def broken_state(self) -> str:
        parts = (
            f"{name.replace('_', ' ')} from {float(tf.reduce_min(x)):.4g} to {float(tf.reduce_max(x)):.4g}"
            for name, x in self._here()._asdict().items()
        )
        return f"round {int(self.round.count) + 1}, " + ", ".join(parts)

    def settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.chosen)

    def record(self) -> dict[str, Any]:
        """What an export tells of how the solution was found."""
        training = {"method": "neural", "parametrisation": type(self.network).__name__, "seed": self.seed}
        return {**training, "steps": int(self.step), **self.round.record(), **self.settings()}

    def solution(self) -> Solution:
        variables = [*self.weights, *self.rules.variables]
        return aggregate_risk_solution(self.model, self.network.wanted, self.rules, variables, self.record())
