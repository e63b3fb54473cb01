"""What exported functions say where an input is missing or impossible, and where it is out of bounds.

A row has an answer or it has none. It has none where one of its inputs is NaN or impossible: then each of its numbers
is NaN, each of its flags False, each of its indices -1, whether the function runs eagerly, as a graph or under XLA.
Where numbers come out as NaN all the same, no decision is read out of them. `in_bounds` tells whether a row is where
the solution was sought; beyond, functions extrapolate.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.numerics.domains import known
from hetkeras.solution import Signature, Solution

NO_INDEX = -1
IN_BOUNDS = "in_bounds"
UNIT = "whether all of the row's inputs are where the solution was sought"
INDUSTRY = "industry_"  # before the name of a state, where it is that of all agents
ROUNDING = 16  # steps of a number's precision by which ends that another processor computes may differ

Tensors = Mapping[str, tf.Tensor]
Bounds = Mapping[str, tuple[float, float]]


def guarded(solution: Solution) -> Solution:
    """The solution with functions that know what they cannot answer, as they are exported."""
    signatures = {name: _guarded(each, _of_inputs(each, solution.bounds)) for name, each in solution.signatures.items()}
    return dataclasses.replace(solution, signatures=signatures, units={IN_BOUNDS: UNIT, **solution.units})


def _of_inputs(signature: Signature, bounds: Bounds) -> Bounds:
    """Bounds by the names of inputs; none where rows are not those of the inputs."""
    if signature.rows is not None:
        return {}
    names = ((name, name.removeprefix(INDUSTRY)) for name in signature.inputs)
    return {name: bounds[state] for name, state in names if state in bounds}


def _guarded(signature: Signature, bounds: Bounds) -> Signature:
    row = next(iter(signature.outputs.values()))[0]

    def function(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        possible = {name: signature.domains.get(name, known)(tensor) for name, tensor in inputs.items()}
        if signature.rows is None:
            answered = _all(_by_row(part, signature.inputs[name][0] == row) for name, part in possible.items())
        else:
            answered = signature.rows(inputs, possible)
        safe = {
            name: tf.where(possible[name], tensor, 0) if name in signature.integers else tensor
            for name, tensor in inputs.items()
        }
        found = _answers(signature.function(**safe), answered)
        return {**found, IN_BOUNDS: answered & _inside(inputs, bounds)} if bounds else found

    outputs = {**signature.outputs, IN_BOUNDS: (row,)} if bounds else signature.outputs
    return dataclasses.replace(signature, function=function, outputs=outputs)


def _answers(found: Tensors, answered: tf.Tensor) -> dict[str, tf.Tensor]:
    """Outputs where there is an answer, else what stands for none."""
    numbers = [part for part in found.values() if part.dtype.is_floating]
    decided = answered
    if len(numbers) < len(found):
        decided = _all([answered, *(_by_row(known(part)) for part in numbers)])
    rows = {name: answered if part.dtype.is_floating else decided for name, part in found.items()}
    return {name: tf.where(_like(rows[name], part), part, _no_answer(part.dtype)) for name, part in found.items()}


def _no_answer(dtype: tf.DType) -> tf.Tensor:
    return tf.constant(math.nan if dtype.is_floating else False if dtype == tf.bool else NO_INDEX, dtype)


def _inside(inputs: Tensors, bounds: Bounds) -> tf.Tensor:
    """Whether all inputs of a row that have bounds are within them, [B]."""
    return _all(_by_row(_between(inputs[name], *ends)) for name, ends in bounds.items())


def _between(values: tf.Tensor, low: float, high: float) -> tf.Tensor:
    slack = ROUNDING * np.finfo(values.dtype.as_numpy_dtype).eps
    return (values >= low - slack * abs(low)) & (values <= high + slack * abs(high))


def _by_row(flags: tf.Tensor, own: bool = True) -> tf.Tensor:
    """Whether all of a row are True, [B]; if not its own, whether all are, a scalar."""
    return tf.reduce_all(flags, range(int(own), flags.shape.rank))


def _all(flags: Iterable[tf.Tensor]) -> tf.Tensor:
    first, *rest = flags
    for each in rest:
        first = first & each
    return first


def _like(rows: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
    """Rows [B] with as many axes as an output has."""
    return tf.reshape(rows, tf.concat([tf.shape(rows), tf.ones(part.shape.rank - 1, tf.int32)], 0))
