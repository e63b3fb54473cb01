"""Neural Krusell-Smith (Yokomoto 2026, Algorithm 4): value and price-conditioned policy by gradient steps, simulation
by forward passes, forecast rules by regression on what was simulated, until the rules no longer move.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.losses.base import LossOutput
from hetkeras.processes import uniforms
from hetkeras.simulation.firms import FirmSimulator
from hetkeras.simulation.histogram import Histogram
from hetkeras.solution import Solution
from hetkeras.solvers.base import Solver
from hetkeras.solvers.compiled_steps import run_steps
from hetkeras.solvers.firm_solution import firm_solution
from hetkeras.solvers.krusell_smith_round import KrusellSmithRound
from hetkeras.solvers.krusell_smith_settings import KrusellSmithSettings
from hetkeras.solvers.neural_firms import FirmSample, NeuralFirms

SPREAD = 0.01  # of drawn mean capital around simulated values, in logs
INHABITED = 1e-5  # share of firms from which a node of the histogram counts as inhabited
MARGIN = 1.2  # factor by which training goes beyond inhabited nodes on either side


class NeuralKrusellSmith(Solver):
    """Alternates value and policy steps; after each round simulates and moves the rules.

    Args:
      firms: networks over a model and forecast rules.
      settings: see there.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that the regressions leave out.
      histogram: nodes of the simulation.
      seed: of the draws of states.
      fixed_rules: keep the first rules.
    """

    def __init__(
        self,
        firms: NeuralFirms,
        settings: KrusellSmithSettings,
        path: np.ndarray,
        burn_in: int,
        histogram: Histogram,
        seed: int = 0,
        fixed_rules: bool = False,
    ) -> None:
        super().__init__(settings.num_steps, seed)
        self.firms, self.chosen = firms, settings
        self.model: PriceTakingFirms = firms.model
        self.round = KrusellSmithRound(
            FirmSimulator(self.model, firms, histogram), firms.rules, path, burn_in, fixed_rules
        )
        low, high = self.model.mean_capital_bounds
        rest = self.model.rest_point(1.0)[0]
        bounds = [max(0.3 * rest, self.model.capital_bounds[0]), min(3.0 * rest, self.model.capital_bounds[1])]
        self._start = tf.Variable(0, trainable=False)
        self._visited = tf.Variable(np.linspace(low, high, len(path) - burn_in), dtype=tf.float32, trainable=False)
        self._lived = tf.Variable(bounds, dtype=tf.float32, trainable=False)
        self._optimizers = [self._adam(weights) for weights in (firms.value_weights, firms.policy_weights)]

    # --- training --------------------------------------------------------------------------------------------
    @tf.function(jit_compile=True)
    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return run_steps(self._update, num_steps, ("loss", *self.firms.value_metrics, "reached"))

    def _update(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """One step of the value, the policy held fixed, then one of the policy, the value held fixed."""
        sample = self._sample()
        value_fine, value = self._climb(0, self.firms.value_weights, self.firms.value_loss, sample)
        policy_fine, policy = self._climb(1, self.firms.policy_weights, self.firms.policy_loss, sample)
        finite = value_fine & policy_fine

        def move_on() -> tf.Tensor:
            self.firms.follow(value.metrics)
            self.step.assign_add(1)
            return finite

        metrics = {"loss": value.loss, **value.metrics, **policy.metrics}
        return tf.cond(finite, move_on, lambda: finite), metrics

    def _climb(
        self, which: int, weights: list[keras.Variable], loss: Callable[[FirmSample], LossOutput], sample: FirmSample
    ) -> tuple[tf.Tensor, LossOutput]:
        values = [weight.value for weight in weights]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            output = loss(sample)
        gradients = tape.gradient(output.loss, values)
        finite = tf.math.is_finite(output.loss) & tf.math.is_finite(tf.linalg.global_norm(gradients))

        def apply() -> tf.Tensor:
            self._optimizers[which].apply(gradients)
            return finite

        return tf.cond(finite, apply, lambda: finite), output

    def _sample(self) -> FirmSample:
        """Some states evenly over the domain, the others where the last simulation went."""
        wide, deep, states = self.chosen.mean_capital_batch, self.chosen.capital_batch, self.model.aggregate_chain
        draws = uniforms(self.step_seed(0), (wide, 2 + deep))
        noise = uniforms(self.step_seed(1), (wide, states.num_states))
        even, deep_even = round(self.chosen.explored * wide), round(self.chosen.explored * deep)
        low, high = self.model.mean_capital_bounds
        spots = tf.cast(draws[even:, 0] * self._visited.shape[0], tf.int32)
        near = tf.gather(self._visited.value(), spots) * tf.exp(SPREAD * (2 * draws[even:, 1] - 1))
        mean_capital = tf.concat([low + (high - low) * draws[:even, 0], near], 0)
        ends = [tf.math.log(tf.constant(self.model.capital_bounds)), tf.math.log(self._lived.value())]
        shares = draws[:, 2 : 2 + deep_even], draws[:, 2 + deep_even :]
        logs = [low + (high - low) * share for (low, high), share in zip(map(tf.unstack, ends), shares, strict=True)]
        return FirmSample(mean_capital, tf.exp(tf.concat(logs, 1)), self.chosen.price_noise * (2 * noise - 1))

    def _adam(self, weights: list[keras.Variable]) -> keras.optimizers.Adam:
        optimizer = keras.optimizers.Adam(_RoundDecay(self._start, self.chosen))
        optimizer.build(weights)
        return optimizer

    # --- rounds ----------------------------------------------------------------------------------------------
    def refresh(self) -> dict[str, float]:
        """At the end of a round: simulate, update the rules, train next where the simulation went.

        Raises:
          TrainingDiverged: if a period finds no price that clears its market, or the rules diverge.
        """
        first = int(self.round.count) == 0
        if int(self.step) < int(self._start) + (self.chosen.first_steps if first else self.chosen.round_steps):
            return {}
        paths = self.round.run()
        self._visited.assign(paths.series["mean_capital"][self.round.burn_in :, 0])
        nodes = self.round.simulator.histogram.nodes[paths.mass[0].sum(0) > INHABITED]
        ends = nodes[0] / MARGIN, nodes[-1] * MARGIN
        self._lived.assign(np.clip(ends, *self.model.capital_bounds))
        self._start.assign(self.step)
        return {"economics/round": float(self.round.count), **self.round.summary()}

    @property
    def finished(self) -> bool:
        return self.round.settled(self.chosen.tolerance)

    # --- what the Trainer and the rest ask -------------------------------------------------------------------
    def tracked(self) -> dict[str, Any]:
        return {
            "networks": [variable.value for variable in self._networks()],
            "optimizers": self._optimizers,
            "rules": self.firms.rules,
            "rounds": [*self.round.tracked, self._start, self._visited, self._lived],
        }

    def _networks(self) -> list[keras.Variable]:
        return [*self.firms.value_weights, *self.firms.policy_weights, *self.firms.slow_weights]

    def broken_state(self) -> str:
        sample = self._sample()
        parts = (
            f"{name} from {float(tf.reduce_min(x)):.4g} to {float(tf.reduce_max(x)):.4g}"
            for name, x in zip(("mean capital", "capital"), sample[:2], strict=True)
        )
        return f"round {int(self.round.count) + 1}, " + ", ".join(parts)

    def settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.chosen)

    def solution(self) -> Solution:
        training = {
            "method": "neural",
            "parametrisation": type(self.firms).__name__,
            "seed": self.seed,
            "steps": int(self.step),
            **self.round.record(),
            "histogram_nodes": self.round.simulator.histogram.num_nodes,
            **self.settings(),
        }
        variables = [*(variable.value for variable in self._networks()), *self.firms.rules.variables]
        return firm_solution(self.model, self.firms, self.firms.value, variables, training)


class _RoundDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A cosine from the peak to zero in each round; the first has a warm-up."""

    def __init__(self, start: tf.Variable, settings: KrusellSmithSettings) -> None:
        super().__init__()
        self._start, self._settings = start, settings

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        chosen, start = self._settings, tf.cast(self._start.value(), tf.float32)
        first = self._start.value() == 0
        peak, length = (
            tf.where(first, chosen.first_rate, chosen.round_rate),
            tf.where(first, float(chosen.first_steps), float(chosen.round_steps)),
        )
        done = tf.cast(step, tf.float32) - start
        rising = tf.where(first, tf.minimum(1.0, (done + 1) / max(chosen.warmup_steps, 1)), 1.0)
        return peak * rising * 0.5 * (1 + tf.cos(math.pi * tf.clip_by_value(done / length, 0.0, 1.0)))

    def get_config(self) -> dict[str, Any]:
        return dataclasses.asdict(self._settings)
