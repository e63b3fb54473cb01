"""What a simulation of a reloaded solution compiles: what its solver compiled, hence often nothing.

XLA knows a program by its graph, and that of a reloaded function has names of its own: in every process it would be
compiled anew. The same networks and rules, built from the code and given the weights of the SavedModel, compile to the
program of the solver, which is at hand or in the cache on disk. They are used only if they say what the exported
functions say, to the bit; what is measured is still what ships.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.methods.krusell_smith.outer_loop import SimulatorT

Answers = Callable[[Any], list[tf.Tensor]]
"""What a policy says of some states."""


class CompiledEconomy(NamedTuple, Generic[SimulatorT]):
    """A simulator, and the variables behind its policy in the order in which they are exported."""

    simulator: SimulatorT
    variables: Sequence[tf.Variable]

    def says_the_same(self, weights: Sequence[tf.Variable], policy: Any, answers: Answers) -> bool:
        """Takes over the weights of an export, and tells whether the simulator's policy now is the reloaded one.

        Args:
          weights: of the SavedModel; those of other shapes are not taken over.
          policy: made of exported functions.
          answers: what to compare, to the bit.
        """
        forms = [[(tuple(each.shape), each.dtype) for each in variables] for variables in (self.variables, weights)]
        if forms[0] != forms[1]:
            return False
        for own, exported in zip(self.variables, weights, strict=True):
            own.assign(exported)
        said = (graph(answers)(each) for each in (self.simulator.policy, policy))
        return all(np.array_equal(mine, theirs, equal_nan=True) for mine, theirs in zip(*said, strict=True))
