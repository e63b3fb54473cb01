"""A solution: named functions with named, shaped inputs and outputs. The only thing that leaves training."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.numerics.conditional_chain import ConditionalChain
from hetkeras.numerics.domains import Domain
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain

Tensors = Mapping[str, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Signature:
    """One exported function.

    Args:
      function: takes the inputs by name and returns a dict of outputs by name.
      inputs: name -> letters of its axes, for example ("B", "N"); every axis is dynamic.
      outputs: likewise, for the metadata.
      dtype: of the inputs.
      integers: names of inputs that are indices, int32.
      domains: input -> what its entries can be, where that is not any number.
      rows: from inputs and from flags of which entries are possible, those rows of the outputs [B] that have an answer;
        None for the rows whose own inputs are possible.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, tuple[str, ...]]
    dtype: tf.DType = tf.float32
    integers: tuple[str, ...] = ()
    domains: Mapping[str, Domain] = dataclasses.field(default_factory=dict)
    rows: Callable[[Tensors, Tensors], tf.Tensor] | None = None

    def input_specs(self) -> dict[str, tf.TensorSpec]:
        """Returns name -> TensorSpec with dynamic axes."""
        return {
            name: tf.TensorSpec([None] * len(axes), tf.int32 if name in self.integers else self.dtype, name)
            for name, axes in self.inputs.items()
        }


@dataclasses.dataclass(frozen=True)
class Solution:
    """What a solver found.

    Args:
      model: the economics with its calibration.
      signatures: name -> Signature.
      variables: the weights behind the signatures (tf.Variable, not Keras variables).
      units: input or output name -> its unit.
      bounds: name -> (lower, upper) of the states for which the solution was sought.
      training: what a reader should know of how it was found (seed, steps, settings), ready for JSON.
      chains: name of a state -> the Markov chain that it follows, for programs that simulate.
      over: field of the calibration -> (lower, upper) where the solution is for a box of them; functions that depend on
        it take it as an input [B].
    """

    model: Calibration
    signatures: Mapping[str, Signature]
    variables: Sequence[tf.Variable]
    units: Mapping[str, str]
    bounds: Mapping[str, tuple[float, float]]
    training: Mapping[str, Any]
    chains: Mapping[str, MarkovChain | RegimeChain | ConditionalChain] = dataclasses.field(default_factory=dict)
    over: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
