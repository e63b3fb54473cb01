"""The neural Krusell-Smith method where firms make one choice (Yokomoto 2026, Algorithm 4)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.coarse_solve import CoarseSolve
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.networks import FirmSample, NeuralFirms
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.signatures import firm_solution
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.neural import SPREAD, NeuralKrusellSmith
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from hetkeras.numerics.random_draws import uniforms
from hetkeras.solution import Solution
from hetkeras.training.share import Share

INHABITED = 1e-5  # share of firms from which a node of the histogram counts as inhabited
MARGIN = 1.2  # factor by which training goes beyond inhabited nodes on either side


class NeuralLumpy(NeuralKrusellSmith[NeuralFirms, KrusellSmithSettings, FirmSimulator]):
    """Alternates value and policy steps; after each round simulates and moves the rules.

    Args:
      firms: networks over a model and forecast rules.
      settings: see there.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that the regressions leave out.
      histogram: nodes of the simulation.
      seed: of the draws of states.
      fixed_rules: keep the first rules.
      start: whose rules a run begins with; None for those that the networks have.
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
        start: CoarseSolve | None = None,
    ) -> None:
        self.firms = firms
        self.model: PriceTakingFirms = firms.model
        simulator = FirmSimulator(self.model, firms, histogram)
        lengths = settings.short_periods, settings.near
        simulation = OuterLoop(simulator, firms.rules, path, burn_in, fixed_rules, *lengths)
        super().__init__(firms, settings, simulation, seed, start)
        low, high = self.model.mean_capital_bounds
        rest = self.model.frictionless_steady_state(1.0)[0]
        bounds = [max(0.3 * rest, self.model.capital_bounds[0]), min(3.0 * rest, self.model.capital_bounds[1])]
        self._simulated_capital = tf.Variable(
            np.linspace(low, high, len(path) - burn_in), dtype=tf.float32, trainable=False
        )
        self._inhabited_capital = tf.Variable(bounds, dtype=tf.float32, trainable=False)

    def _sample(self) -> FirmSample:
        """Some states evenly over the domain, the others where the last simulation went."""
        wide, deep, states = self.chosen.mean_capital_batch, self.chosen.capital_batch, self.model.aggregate_chain
        draws = uniforms(self.step_seed(0), (wide, 2 + deep))
        noise = uniforms(self.step_seed(1), (wide, states.num_states))
        even, deep_even = round(self.chosen.explored * wide), round(self.chosen.explored * deep)
        low, high = self.model.mean_capital_bounds
        spots = tf.cast(draws[even:, 0] * self._simulated_capital.shape[0], tf.int32)
        near = tf.gather(self._simulated_capital.value(), spots) * tf.exp(SPREAD * (2 * draws[even:, 1] - 1))
        mean_capital = tf.concat([low + (high - low) * draws[:even, 0], near], 0)
        ends = [tf.math.log(tf.constant(self.model.capital_bounds)), tf.math.log(self._inhabited_capital.value())]
        shares = draws[:, 2 : 2 + deep_even], draws[:, 2 + deep_even :]
        logs = [low + (high - low) * share for (low, high), share in zip(map(tf.unstack, ends), shares, strict=True)]
        centred = 2 * noise - 1
        noise = self.chosen.price_noise * centred * tf.abs(centred)  # most of it near the expected price
        return FirmSample(mean_capital, tf.exp(tf.concat(logs, 1)), noise)

    def divide(self, share: Share) -> None:
        share.refuse_uneven("mean_capital_batch", self.chosen.mean_capital_batch)
        super().divide(share)

    def _record_simulation(self, paths: FirmPaths) -> None:
        visited = paths.series["mean_capital"][self.round.burn_in :, 0]
        self._simulated_capital.assign(np.resize(visited, self._simulated_capital.shape))
        nodes = self.round.simulator.histogram.nodes[paths.mass[0].sum(0) > INHABITED]
        ends = nodes[0] / MARGIN, nodes[-1] * MARGIN
        self._inhabited_capital.assign(np.clip(ends, *self.model.capital_bounds))

    @property
    def _remembered(self) -> list[tf.Variable]:
        return [self._simulated_capital, self._inhabited_capital]

    def solution(self) -> Solution:
        training = {**self.record(), "histogram_nodes": self.round.simulator.histogram.num_nodes}
        return firm_solution(self.model, self.firms, self.firms.value, self._variables(), training)
