"""The neural Krusell-Smith method where firms choose in branches (Yokomoto 2026, section 3.2 and Algorithm 4)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from hetkeras.methods.krusell_smith.branching.neural_settings import NeuralBranchingSettings
from hetkeras.methods.krusell_smith.branching.samples import BranchSample
from hetkeras.methods.krusell_smith.branching.signatures import branching_solution
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.coarse_solve import CoarseSolve
from hetkeras.methods.krusell_smith.neural import SPREAD, NeuralKrusellSmith
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from hetkeras.numerics.random_draws import uniforms
from hetkeras.solution import Solution
from hetkeras.training.share import Share


class NeuralBranching(NeuralKrusellSmith[BranchNetworks, NeuralBranchingSettings, BranchingEconomies]):
    """Alternates value and policy steps; after each round simulates and moves the rules.

    Args:
      networks: over a model and forecast rules.
      settings: see there.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that the regressions leave out.
      seed: of the draws of states.
      fixed_rules: keep the first rules.
      start: whose rules a run begins with; None for those that the networks have.
    """

    def __init__(
        self,
        networks: BranchNetworks,
        settings: NeuralBranchingSettings,
        path: np.ndarray,
        burn_in: int,
        seed: int = 0,
        fixed_rules: bool = False,
        start: CoarseSolve | None = None,
    ) -> None:
        self.model: BranchingFirms = networks.model
        simulator = BranchingEconomies(self.model, networks)
        lengths = settings.short_periods, settings.near
        simulation = OuterLoop(simulator, networks.rules, path, burn_in, fixed_rules, *lengths)
        super().__init__(networks, settings, simulation, seed, start)
        low, high = self.model.mean_capital_bounds
        pairs = int(np.prod(networks.histogram.shape))
        self._simulated_capital = tf.Variable(
            np.linspace(low, high, len(path) - burn_in), dtype=tf.float32, trainable=False
        )
        self._inhabited_capital = tf.Variable(
            np.arange(1, pairs + 1) / pairs, dtype=tf.float32, trainable=False
        )  # sum of shares

    def begin(self) -> float:
        """As usual, and trains first where the firms of the start are."""
        seconds = super().begin()
        if self.start is not None and self.start.paths is not None:
            self._record_simulation(self.start.paths)
        return seconds

    def _sample(self) -> BranchSample:
        """Some states evenly over the domain, the others where the last simulation went."""
        model, size = self.model, self.chosen.batch_size
        draws = tf.unstack(uniforms(self.step_seed(0), (8, size)))
        even = draws[0] < self.chosen.explored
        aggregate = tf.cast(draws[1] * model.aggregate_chain.num_states, tf.int32)
        low, high = model.mean_capital_bounds
        spots = tf.cast(draws[2] * self._simulated_capital.shape[0], tf.int32)
        near = tf.gather(self._simulated_capital.value(), spots) * tf.exp(SPREAD * (2 * draws[3] - 1))
        mean_capital = tf.where(even, low + (high - low) * draws[2], near)
        pairs = tf.minimum(
            tf.searchsorted(self._inhabited_capital.value(), draws[4]), self._inhabited_capital.shape[0] - 1
        )
        histogram = self.networks.histogram
        places = pairs // len(histogram.labor), pairs % len(histogram.labor)
        centred = 2 * draws[7] - 1
        noise = self.chosen.price_noise * centred * tf.abs(centred)  # most of it near the expected price
        capital, labor = (
            _spread(nodes, tf.where(even, wide, (tf.cast(place, tf.float32) + own) / len(nodes)))
            for nodes, wide, place, own in zip(
                (histogram.capital, histogram.labor), draws[4:6], places, draws[5:7], strict=True
            )
        )
        return BranchSample(aggregate, mean_capital, capital, labor, tf.where(tf.range(size) < size // 2, 0.0, noise))

    def divide(self, share: Share) -> None:
        share.refuse_uneven("batch_size", self.chosen.batch_size, of=2)
        super().divide(share)

    def _own(self, sample: BranchSample) -> BranchSample:
        """Own part of each half."""
        halves = [self.share.of(list(half)) for half in zip(*(tf.split(part, 2) for part in sample), strict=True)]
        return BranchSample(*(tf.concat(pair, 0) for pair in zip(*halves, strict=True)))

    def _record_simulation(self, paths: FirmPaths) -> None:
        visited = paths.series["mean_capital"][self.round.burn_in :, 0]
        self._simulated_capital.assign(np.resize(visited, self._simulated_capital.shape))
        self._inhabited_capital.assign(np.cumsum(paths.usual[0].sum(0).ravel()))

    @property
    def _remembered(self) -> list[tf.Variable]:
        return [self._simulated_capital, self._inhabited_capital]

    def _variables(self) -> list[tf.Variable]:
        """All but the target network, which no exported function reads."""
        target = {id(weight) for weight in self.networks.value.slow.trainable_variables}
        weights = (weight.value for weight in self.networks.weights if id(weight) not in target)
        return [*weights, *self.networks.rules.variables]

    def solution(self) -> Solution:
        training = {**self.record(), "periods": len(self.round.path)}
        return branching_solution(self.model, self.networks, self._variables(), training)


def _spread(nodes: np.ndarray, shares: tf.Tensor) -> tf.Tensor:
    """Levels at shares [B] of the way between the ends of nodes, in logs."""
    low, high = (float(end) for end in np.log(nodes[[0, -1]]))
    return tf.exp(low + (high - low) * shares)
