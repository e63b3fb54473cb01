"""The method as Huang & Yu (2024, section 3.3) print it for links that take turns; its flaws are kept.

Chances are 1 - e^(-lambda Delta) where equation 13 prints 1 - e^(lambda Delta), which is below zero. The network has a
head for each regime, where the paper has z among the inputs.
"""

from __future__ import annotations

import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion, at_regimes
from hetkeras.methods.jump_diffusion.paper_solver import Jumps, PaperSettings, PaperSolver, Still
from hetkeras.methods.jump_diffusion.switching.networks.dense_regime_value import DenseRegimeValue
from hetkeras.methods.jump_diffusion.switching.signatures import switching_solution
from hetkeras.solution import Solution


class SwitchingHuangYuSolver(PaperSolver[SwitchingJumpDiffusion, DenseRegimeValue]):
    """Trains the values of all regimes and sigma^V on both losses; arguments and errors as of `PaperSolver`."""

    def __init__(
        self,
        model: SwitchingJumpDiffusion,
        network: DenseRegimeValue,
        settings: PaperSettings = PaperSettings(),
        seed: int = 0,
    ) -> None:
        super().__init__(model, network, settings, seed)

    def start(self) -> tuple[tf.Tensor, Still]:
        state, binary = self.model.sample(self.step_seed(0), self.chosen.batch_size)
        regime = self.model.sample_regime(self.step_seed(1 + self.chosen.path_steps), self.chosen.batch_size)
        return state, (binary, tf.cast(regime, tf.int32))

    def value(self, state: tf.Tensor, still: Still) -> tuple[tf.Tensor, tf.Tensor]:
        value, volatility = self.network.with_volatility(self.model.element_states(state), *still)
        return self.model.value_scale * value, self.model.value_scale * volatility

    def value_at(self, nodes: tf.Tensor, still: Still) -> tf.Tensor:
        spread = (tf.broadcast_to(each, (nodes.shape[0], *each.shape)) for each in still)
        return self.model.value_scale * self.network.in_regime(self.model.element_states(nodes), *spread)

    def jumps(self, state: tf.Tensor, still: Still) -> Jumps:
        model, (binary, regime) = self.model, still
        which, asked = model.available(regime), model.consulted_regimes(regime)
        found = self.network.with_open_flips(model.element_states(state), binary, asked, which)
        here, after = (model.value_scale * part for part in found)
        at = tf.gather(binary, which, batch_dims=1)
        gains = model.decision_gains(after - at_regimes(here, asked))
        surplus = model.regime_payoff(at, gains, gains.own, which, regime)
        bounds = tf.gather(tf.constant(model.max_hazard, tf.float32), which)
        chances, steps = self.chances(at, bounds, model.intensity(at, gains.decision, which))
        leaving = self._leaving(regime)
        expected = tf.reduce_sum(surplus * steps, -1) + tf.reduce_sum(leaving * (here - at_regimes(here, regime)), -1)
        return Jumps(
            model.flow_in(state, binary, regime),
            expected,
            tf.reduce_sum(chances, -1) + tf.reduce_sum(leaving, -1),
            tf.reduce_sum(surplus, -1) + model.switching(here, regime),
        )

    def _leaving(self, regime: tf.Tensor) -> tf.Tensor:
        """Chances that each regime follows within a step, [B, Z]."""
        rates = tf.constant(self.model.switch_rates, tf.float32)
        return 1 - tf.exp(-self.chosen.difference_step * tf.gather(rates, regime))

    def solution(self) -> Solution:
        return switching_solution(self.model, self.network, self._visited, self.training, on_baseline=False)
