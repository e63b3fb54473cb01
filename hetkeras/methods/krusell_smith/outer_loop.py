"""What the classical and the neural Krusell-Smith method share: simulate, move the rules, refuse broken economies."""

from __future__ import annotations

import math
from typing import Any, Generic, TypeVar

import numpy as np
import tensorflow as tf

from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.simulator import EconomySimulator, FirmPaths

SimulatorT = TypeVar("SimulatorT", bound=EconomySimulator)

QUANTILES = 50, 95, 99  # of errors of forecasts, for TensorBoard
FREE_ROUNDS = 4  # in which mean capital may leave the range: first rules can be far off


class OuterLoop(Generic[SimulatorT]):
    """One path of aggregate states that is simulated again and again as the rules move.

    Args:
      simulator: of one model and policy.
      rules: moved by `run`.
      path: aggregate states, [T].
      burn_in: first periods that the regressions leave out.
      fixed: whether the rules stay as they are.
      short: periods that are enough while the rules are far from settled; None for all.
      near: largest change of the rules, in logs, from which on all periods are simulated.

    Raises:
      CalibrationError: if the path, or its short part, is too short for its burn-in.
    """

    def __init__(
        self,
        simulator: SimulatorT,
        rules: ForecastRules,
        path: np.ndarray,
        burn_in: int,
        fixed: bool,
        short: int | None = None,
        near: float = math.inf,
    ) -> None:
        self._short = len(path) if short is None or fixed else min(short, len(path))
        if not 0 <= burn_in < self._short - 2:
            raise CalibrationError(
                f"the path has {self._short} periods and burn_in is {burn_in}; expected at least 3 periods after it"
            )
        self.simulator, self.rules, self.path, self.burn_in, self.fixed = simulator, rules, path, burn_in, fixed
        self.distance = tf.Variable(math.inf, dtype=tf.float64, trainable=False)
        self.count = tf.Variable(0, trainable=False)
        self.whole, self._near = tf.Variable(False, trainable=False), near
        self.paths: FirmPaths | None = None  # of the last simulation
        self.series: dict[str, np.ndarray] = {}  # name -> [T], of the last simulation

    def run(self) -> FirmPaths:
        """Simulates, then moves the rules towards what happened.

        Raises:
          TrainingDiverged: if a period finds no price that clears its market, mean capital leaves the range in which
            the economy is solved, or the rules diverge.
        """
        near = self.near
        periods = len(self.path) if near else self._short
        if periods > self._short and not bool(self.whole):
            self.rules.forget()  # rare states have other observations on the whole path
        paths = self.paths = self.simulator.run(self.path[:, None], periods=periods)
        series = self.series = {name: values[:, 0] for name, values in paths.series.items()}
        if "cleared" in series:
            _refuse_uncleared(series)
        if near or int(self.count) >= FREE_ROUNDS:
            self._refuse_outside(series["mean_capital"][self.burn_in :])
        self.count.assign_add(1)
        if self.fixed:
            return paths
        used, following = slice(self.burn_in, -1), slice(self.burn_in + 1, None)
        capital = series["mean_capital"]
        prices = np.stack([series[name] for name in self.simulator.model.price_names])
        states = self.path[:periods]
        distance = self.rules.update(states[used], capital[used], capital[following], prices[:, used])
        self.distance.assign(distance)
        self.whole.assign(periods == len(self.path))
        self._refuse_diverged()
        return paths

    @property
    def near(self) -> bool:
        """Whether the rules moved little in the last round, or in one that ended the short part, or are fixed."""
        long = bool(self.whole) and self._short < len(self.path)
        return self.fixed or long or float(self.distance) <= self._near

    def settled(self, tolerance: float) -> bool:
        """Whether the rules moved by no more than the tolerance, in logs, after a simulation of all periods."""
        return bool(self.whole) and float(self.distance) <= tolerance

    def outcome(self, most: int, settled: bool) -> str:
        """How the rounds ended, of which there may be so many, in a few words for a terminal."""
        if self.fixed:
            return "rules kept as they were"
        if settled:
            return f"rules settled after {int(self.count)} of at most {most} rounds"
        return (
            f"rules not settled after {int(self.count)} rounds: the last one moved them by {float(self.distance):.1e}"
        )

    @property
    def tracked(self) -> list[tf.Variable]:
        """What a checkpoint keeps beside the rules."""
        return [self.count, self.distance, self.whole]

    def record(self) -> dict[str, Any]:
        """What an export tells of the rounds, ready for JSON."""
        distance = float(self.distance)
        known = distance if math.isfinite(distance) else None  # no update yet, or the rules are fixed
        kind = type(self.rules).__name__
        return {"rules": kind, "rounds": int(self.count), "rules_distance": known, "rules_fixed": self.fixed}

    def summary(self) -> dict[str, float]:
        """What TensorBoard shows of the last simulation."""
        after = {name: values[self.burn_in :] for name, values in self.series.items()}
        told = {
            "economics/rules_distance": float(self.distance),
            "economics/sd_log_output": float(np.log(after["output"]).std()),
        }
        for name in ("mean_capital", "price", "inaction", "assets_gini"):
            if name in after:
                told[f"economics/{name}"] = float(after[name].mean())
        for name in self.simulator.model.price_names:
            if f"forecast_{name}" in after:
                surprise = np.abs(np.log(after[name] / after[f"forecast_{name}"]))
                told |= {f"economics/{name}_surprise_q{q}": float(np.quantile(surprise, q / 100)) for q in QUANTILES}
                told[f"economics/{name}_surprise_max"] = float(surprise.max())
        return told

    def _refuse_outside(self, capital: np.ndarray) -> None:
        low, high = self.simulator.model.mean_capital_bounds
        if capital.min() < low or capital.max() > high:
            raise TrainingDiverged(
                f"mean capital goes from {capital.min():.4g} to {capital.max():.4g} in the simulation, outside the "
                f"range {low:.4g} to {high:.4g} in which the economy is solved; widen the model's "
                "mean_capital_bounds, where it has such fields with --set=smallest_mean_capital=... and "
                "--set=greatest_mean_capital=..."
            )

    def _refuse_diverged(self) -> None:
        """Rules that leave the solved range far behind within one period are no rules."""
        model = self.simulator.model
        low, high = model.mean_capital_bounds
        for state in range(model.aggregate_chain.num_states):
            following, *prices = self.rules(tf.fill((2,), state), tf.constant([low, high], tf.float64))
            reach = following.numpy()
            if not (
                np.isfinite(prices).all()
                and np.isfinite(reach).all()
                and low / 2 < reach.min() <= reach.max() < 2 * high
            ):
                raise TrainingDiverged(
                    f"the forecast rules diverge: in aggregate state {state} they lead from mean capital {low:.4g} and "
                    f"{high:.4g} to {reach[0]:.4g} and {reach[1]:.4g}. Use more damping (--damping=0.3 --memory=0), or "
                    "start from better rules"
                )


def _refuse_uncleared(series: dict[str, np.ndarray]) -> None:
    stuck = np.flatnonzero(series["cleared"] < 1)
    if stuck.size:
        period, price = int(stuck[0]), series["forecast_price"][stuck[0]]
        raise TrainingDiverged(
            f"period {period} of the simulation: no price near {price:.4g}, which firms expect, clears the market "
            f"({stuck.size} periods in all). The forecast rules or the policies are too far off; train longer"
        )
