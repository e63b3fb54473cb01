"""Small solvers for tests, steps without XLA, and a way to use one twice."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.identity_pooling import IdentityPooling
from hetkeras.layers.moments_pooling import MomentsPooling
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual
from hetkeras.methods.krusell_smith.neural import NeuralKrusellSmith


def make_solver(
    model,
    network="identity",
    seed=0,
    width=16,
    phi_depth=2,
    rho_depth=2,
    hidden_biases=True,
    fixed_states=None,
    warmup_steps=2,
    **settings,
):
    """Builds a solver with a network of the given width; the rest goes into EulerSettings."""
    keras.utils.set_random_seed(seed)
    pooling = {
        "deep_sets": lambda: DeepSetsPooling((width,) * phi_depth, 4, hidden_biases=hidden_biases),
        "moments": MomentsPooling,
        "identity": IdentityPooling,
    }[network]()
    investment = model.steady_state()[1]
    own = tuple(model.state_names.index(name) for name in model.policy_state_names)
    policy = SymmetricPolicy(
        pooling, BoundedOutput(investment, investment), own, (width,) * rho_depth, hidden_biases=hidden_biases
    )
    return EulerResidual(model, policy, EulerSettings(warmup_steps=warmup_steps, **settings), seed, fixed_states)


def plain(solver):
    """The same solver with steps that are graphs without XLA, whose compilation takes longer than most tests train."""
    for name in dir(type(solver)):
        steps = getattr(type(solver), name)
        if getattr(steps, "_jit_compile", False):
            setattr(solver, name, tf.function(steps.python_function.__get__(solver), autograph=False))
    return solver


def lowered_to_xla(solver):
    """The program of one call of `train` that XLA would compile; what XLA cannot compile is refused with its errors."""
    steps = tf.function(lambda count: solver.train(count), jit_compile=True, autograph=False)
    return steps.experimental_get_compiler_ir(tf.constant(1))(stage="hlo")


def variables_of(solver):
    """All that training changes."""
    if isinstance(solver, NeuralKrusellSmith):
        networks, moments = solver.networks, (optimizer.variables for optimizer in solver._optimizers)
        rounds = [*solver.round.tracked, *solver.schedule, *solver._remembered]
        return [*networks.weights, *networks.rules.variables, *itertools.chain(*moments), *rounds, solver.step]
    weights = [variable for network in solver.networks for variable in network.variables]
    return [*weights, *solver.optimizer.variables, solver.panel, solver.step]


def everything(solver):
    """The values of all that training changes."""
    return [np.array(variable.numpy()) for variable in variables_of(solver)]


def become(solver, values):
    """Gives a solver what `everything` returned for one of the same kind; what is compiled stays."""
    for variable, value in zip(variables_of(solver), values, strict=True):
        variable.assign(value)
    return solver


def restarting(solver):
    """Returns a function that takes the solver back to where it is now and returns it."""
    values = everything(solver)
    return lambda: become(solver, values)
