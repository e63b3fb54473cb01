"""The method as Huang & Yu (2024, section 2.3) print it, to be compared with `solver`; its flaws are kept."""

from __future__ import annotations

import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.paper_solver import Jumps, PaperSettings, PaperSolver, Still
from hetkeras.methods.jump_diffusion.signatures import flip_solution
from hetkeras.solution import Solution


class HuangYuSolver(PaperSolver[JumpDiffusion, DenseValue]):
    """Trains V and sigma^V on both losses; arguments and errors as of `PaperSolver`."""

    def __init__(
        self, model: JumpDiffusion, network: DenseValue, settings: PaperSettings = PaperSettings(), seed: int = 0
    ) -> None:
        super().__init__(model, network, settings, seed)

    def start(self) -> tuple[tf.Tensor, Still]:
        state, binary = self.model.sample(self.step_seed(0), self.chosen.batch_size)
        return state, (binary,)

    def value(self, state: tf.Tensor, still: Still) -> tuple[tf.Tensor, tf.Tensor]:
        value, volatility = self.network.with_volatility(self.model.element_states(state), *still)
        return self.model.value_scale * value, self.model.value_scale * volatility

    def value_at(self, nodes: tf.Tensor, still: Still) -> tf.Tensor:
        binary = tf.broadcast_to(still[0], (nodes.shape[0], *still[0].shape))
        return self.model.value_scale * self.network(self.model.element_states(nodes), binary)

    def jumps(self, state: tf.Tensor, still: Still) -> Jumps:
        model, binary = self.model, still[0]
        here, flipped = self.network.with_flips(model.element_states(state), binary)
        gains = model.value_scale * (flipped - here[:, None])
        surplus = model.jump_payoff(binary, gains, gains)
        bounds = tf.constant(model.max_hazard, tf.float32)
        chances, steps = self.chances(binary, bounds, model.intensity(binary, gains))
        sums = (tf.reduce_sum(each, -1) for each in (surplus * steps, chances, surplus))
        return Jumps(model.flow(state, binary), *sums)

    def solution(self) -> Solution:
        return flip_solution(self.model, self.network, self._visited, self.training, on_baseline=False)
