"""Methods whose loss is a sum of squared residuals at samples: trained by Adam, or by Gauss-Newton in sample space."""

from __future__ import annotations

import abc
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from hetkeras.compiling import compiled, graph
from hetkeras.training.compiled_steps import run_steps
from hetkeras.training.gauss_newton import GaussNewton, GaussNewtonRule, NormalEquations, sample_jacobian
from hetkeras.training.gradient_solver import GradientSolver
from hetkeras.training.loss_output import LossOutput

SQUARES = "squares"  # name of their sum, among the numbers of a step
WORSE = 2.0  # times as large may it be at the average of weights; one batch does not tell less apart


class Samples(NamedTuple):
    """rows: nest of tensors [B, ...], a sample each; shared: by all samples, or None."""

    rows: Any
    shared: tf.Tensor | None = None


class Linearized(NamedTuple):
    """The loss at the weights as they are, what `advance` needs, and the equations of a step.

    level: see `LeastSquaresSolver.level`; squares: their sum in all equations; jacobian: G, [M, P].
    """

    output: LossOutput
    carried: Any
    level: tf.Tensor
    squares: tf.Tensor
    jacobian: tf.Tensor
    equations: NormalEquations


class LeastSquaresSolver(GradientSolver):
    """As `GradientSolver`; a subclass gives samples, what is found at each, and what of that makes the loss.

    Args:
      weights, num_steps, learning_rate, warmup_steps, seed: see `GradientSolver`.
      rule: of Gauss-Newton; None trains by Adam.
    """

    undivided = "a step of Gauss-Newton solves the equations of the whole sample, and pairs of states belong together"

    def __init__(
        self,
        weights: list[keras.Variable],
        num_steps: int,
        learning_rate: float,
        warmup_steps: int,
        seed: int,
        rule: GaussNewtonRule | None = None,
    ) -> None:
        super().__init__(weights, num_steps, learning_rate, warmup_steps if rule is None else 0, seed)
        self.rule = rule
        if rule is not None:
            self._newton = GaussNewton([weight.value for weight in weights], rule)

    @abc.abstractmethod
    def samples(self) -> Samples:
        """Returns the samples of the current state and step. Graph-safe."""

    @abc.abstractmethod
    def found_at(self, samples: Samples) -> Any:
        """Returns a named tuple of tensors [B, ...], each row of which depends on its own sample alone.

        `residual` [B] is squared; `other` [B] stands for it once in each square, so that noise cancels on average.
        """

    @abc.abstractmethod
    def judged(self, samples: Samples, found: Any) -> tuple[LossOutput, Any]:
        """Returns the loss of what was found, and whatever `advance` needs."""

    @abc.abstractmethod
    def equations(self, part: tf.Tensor, found: Any) -> tf.Tensor:
        """Returns equations [M, ...], linear in a part [B, ...] of each sample.

        With found held fixed, the sum of squares of those of the residual has the gradient of the loss.
        """

    def level(self, found: Any) -> tf.Tensor:
        """How far all of what is found is off by the same number, as far as these samples tell: a scalar."""
        return tf.zeros(())

    def lower(self, level: tf.Tensor) -> None:
        """Takes a level off what the weights give everywhere."""

    def loss(self) -> tuple[LossOutput, Any]:
        samples = self.samples()
        return self.judged(samples, self.found_at(samples))

    def tracked(self) -> dict[str, Any]:
        if self.rule is None:
            return super().tracked()
        kept = {name: part for name, part in super().tracked().items() if name != "optimizer"}
        return {**kept, "newton": self._newton}

    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """As `GradientSolver.train`. Gauss-Newton's loop is a graph around parts that XLA compiles."""
        if self.rule is None:
            return super().train(num_steps)
        wanted = int(num_steps) > 0  # a loop of no steps would compile nothing
        finite, metrics = self._newton_steps(tf.constant(max(int(num_steps), 1)), tf.constant(wanted))
        if wanted and finite and int(self.step) == self.rule.num_steps and self.rule.averaged:
            self._settle()
        return finite, {name: metrics[name] for name in metrics if name != SQUARES}

    def _settle(self) -> None:
        """Ends with the average of the last weights, unless states that no step has seen say that it is far worse."""
        last, before = self._newton.flat(), self._unseen_squares()
        self._newton.assign(self._newton.mean.value())
        if self._unseen_squares() <= WORSE * before:
            self.lower(self._newton.mean_level.value())
        else:
            self._newton.assign(last)

    def _unseen_squares(self) -> tf.Tensor:
        """At the samples of the step that would come next."""
        return self._newton_steps(tf.constant(1), tf.constant(False))[1][SQUARES]

    @graph
    def _newton_steps(self, num_steps: tf.Tensor, wanted: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return run_steps(lambda: self._newton_update(wanted), num_steps, ("loss", *self.metric_names, SQUARES))

    def _newton_update(self, wanted: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        at = self._linearized()
        multipliers = self._newton.multipliers(at.equations, self.step)
        metrics = {"loss": at.output.loss, **at.output.metrics, SQUARES: at.squares}
        return self._solved(at, multipliers, wanted), metrics

    @compiled
    def _linearized(self) -> Linearized:
        samples = self.samples()

        def found_at(rows: Any) -> Any:
            return self.found_at(Samples(rows, samples.shared))

        found, rows = sample_jacobian(found_at, [weight.value for weight in self.weights], samples.rows)
        output, carried = self.judged(samples, found)
        jacobian, residual = (self.equations(part, found) for part in (rows, found.other))
        equations = self._newton.normal_equations(jacobian, residual)
        squares = tf.reduce_sum(tf.square(residual))
        return Linearized(output, carried, self.level(found), squares, jacobian, equations)

    @compiled
    def _solved(self, at: Linearized, multipliers: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
        """Takes the step if it is wanted and finite; returns whether it is finite."""
        proposal = self._newton.proposal(at.jacobian, multipliers)
        finite = tf.math.is_finite(at.output.loss) & tf.math.is_finite(tf.norm(proposal))

        def apply() -> tf.Tensor:
            self._newton.apply(proposal, at.level, self.step)
            self.advance(at.carried)
            self.step.assign_add(1)
            return finite

        return tf.cond(finite & wanted, apply, lambda: finite)
