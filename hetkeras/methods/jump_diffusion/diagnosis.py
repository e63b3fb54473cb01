"""Is a value over binary states the solution? A small residual is not enough: see `policy_value`.

1. Residual of the HJB equation where the policy leads, jumps realized, and on states drawn far beyond; and of the
   equation of single gains there.
2. The value of the policy by simulation, which cannot exceed the true value and must be what the network says.
3. Bounds between which the true value lies, where the model has them.
4. Exact values, where the model has them.
5. Off the path, at corners of the binary states and where factors are three standard deviations away: the residual,
   gains, and what the policy delivers against what the value promises.

All residuals are in units of rho times the scale of the value, so that .01 is one per cent of the value.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.contracts.known_values import ExactValues
from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.jump_diffusion.hjb_residual import SEED, gain_residuals, residuals
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy, PolicyOutput
from hetkeras.methods.jump_diffusion.off_path import off_path_errors
from hetkeras.methods.jump_diffusion.paper_losses import paper_losses
from hetkeras.methods.jump_diffusion.paths import flip_paths
from hetkeras.methods.jump_diffusion.policy_value import Simulation, policy_simulation

PATHS, SPAN, EVERY = 64, 0.2, 25
SETTLED = 20.0  # years after which own paths count, for they start from nothing and from everything


def diagnose_flips(model: JumpDiffusion, policy: LoadedFlipPolicy, years: float = 60.0) -> Diagnosis:
    """Measures a reloaded value.

    Args:
      model: the economics.
      policy: the reloaded functions.
      years: of own paths, which start from nothing and from everything.
    """
    visited = own_states(model, policy, years)
    drawn = model.sample(tf.constant([SEED, 1]), PATHS * 8)
    numbers: dict[str, float] = {"num_binary": model.num_binary, "value_scale": model.value_scale}
    sizes = {name: residuals(model, policy, *states) for name, states in (("own", visited), ("drawn", drawn))}
    for name, size in sizes.items():
        numbers[f"residual_{name}_rms"] = np.sqrt(np.mean(np.square(size)))
        numbers[f"residual_{name}_p95"] = np.quantile(np.abs(size), 0.95)
    numbers["gain_residual_own_rms"] = np.sqrt(np.mean(np.square(gain_residuals(model, policy, *visited))))
    bounded = np.isfinite(model.max_hazard).all()
    simulate = policy_simulation(model, policy.opportunity) if bounded else None
    numbers |= _worth(model, policy, simulate) | _outside(model, policy, *visited) | known_gaps(model, policy)
    numbers |= off_path_errors(model, policy, visited, simulate)
    output = policy.evaluate(*visited)
    numbers |= {"active_share": float(tf.reduce_mean(visited[1]))}
    numbers |= {"value_own_mean": float(tf.reduce_mean(output.value))}
    finite = {name: finite_number(number) for name, number in numbers.items()}
    payoff = model.flow(*visited) + tf.reduce_sum(model.jump_payoff(visited[1], output.gains, output.gains), -1)
    losses = paper_losses(model, lambda state: policy.value(state, visited[1]), payoff, *visited)
    tables = {"elements": _elements(model, output, visited[1]), "losses": losses}
    return Diagnosis(finite, _checks(finite), tables)


def own_states(
    model: JumpDiffusion, policy: LoadedFlipPolicy, years: float, seed: int = SEED
) -> tuple[tf.Tensor, tf.Tensor]:
    """States that the policy itself goes to, [B, D] and [B, J]."""
    start = tf.repeat(model.long_run_mean()[None], PATHS, 0)
    binary = tf.concat([tf.fill((PATHS // 2, model.num_binary), part) for part in (0.0, 1.0)], 0)
    states, binaries = flip_paths(
        model, lambda *at: policy.evaluate(*at).rate, start, binary, SPAN, round(years / SPAN), seed
    )
    return tuple(
        tf.reshape(path[round(min(SETTLED, 0.8 * years) / SPAN) :: EVERY], (-1, path.shape[-1]))
        for path in (states, binaries)
    )


def known_gaps(model: JumpDiffusion, policy: LoadedFlipPolicy) -> dict[str, float]:
    """Relative distance to exact values, and the share of decisions that are right, where there are any."""
    near, far = (gaps_to(model, policy, known) for known in (model.exact_values(), model.exact_values_off_path()))
    return near | {f"off_path_{name}": number for name, number in far.items()}


def gaps_to(model: JumpDiffusion, policy: LoadedFlipPolicy, known: ExactValues | None) -> dict[str, float]:
    """The same at the states of one table of exact values."""
    if known is None:
        return {}
    state, binary = (tf.constant(part, tf.float32) for part in (known.state, known.binary))
    output = policy.evaluate(state, binary)
    gap = output.value.numpy() - known.value
    off = known.binary < 0.5
    right = model.accepts(tf.zeros_like(binary), tf.constant(known.worth, tf.float32)).numpy()
    mine = model.accepts(tf.zeros_like(binary), (1 - 2 * binary) * output.gains).numpy()
    worth = np.abs((1 - 2 * binary) * output.gains - known.worth)
    return {
        "value_error_rms": np.sqrt(np.mean(np.square(gap)) / np.mean(np.square(known.value))),
        "value_error_max": np.abs(gap).max() / np.abs(known.value).mean(),
        "gain_error_mean": worth.mean() / np.abs(known.worth).mean(),
        "decisions_right": (mine == right)[off].mean(),
    }


def _worth(model: JumpDiffusion, policy: LoadedFlipPolicy, simulate: Simulation | None) -> dict[str, float]:
    """The policy's value from rest with nothing switched on, against what the network says there."""
    if simulate is None:
        return {}
    state, binary = model.long_run_mean(), tf.zeros((model.num_binary,))
    found = simulate(state, binary)
    said = float(policy.evaluate(state[None], binary[None]).value[0])
    return {
        "value_at_rest": said,
        "policy_value": found.mean,
        "policy_value_error": found.standard_error,
        "policy_value_gap": abs(said - found.mean),
        "policy_value_limit": 3 * found.standard_error + 0.01 * abs(found.mean),
    }


def _outside(model: JumpDiffusion, policy: LoadedFlipPolicy, state: tf.Tensor, binary: tf.Tensor) -> dict[str, float]:
    """How far values leave their bounds, relative to the scale."""
    bounds = model.bounds()
    if bounds is None:
        return {}
    picked = slice(None, None, max(1, state.shape[0] // 200))
    state, binary = state[picked], binary[picked]
    value = policy.evaluate(state, binary).value.numpy()
    low, high = (bound(state.numpy().astype(float), binary.numpy()) for bound in bounds)
    outside = np.maximum(low - value, value - high).max() / model.value_scale
    return {"outside_bounds": max(float(outside), 0.0)}


def _elements(model: JumpDiffusion, output: PolicyOutput, binary: tf.Tensor) -> dict[str, np.ndarray]:
    """Averages of each element over own states; `accepted`: an opportunity would be taken if there was one."""
    worth = (1 - 2 * binary) * output.gains
    taken = tf.cast(model.accepts(tf.zeros_like(binary), worth), tf.float32)
    means = {"worth": worth, "active": binary, "accepted": taken}
    columns = {name: tf.reduce_mean(part, 0).numpy() for name, part in means.items()}
    return {"element": np.arange(model.num_binary), **model.element_summary, **columns}


def _checks(numbers: dict[str, float | None]) -> tuple[Check, ...]:
    train = "train longer, or with a wider network"
    checks = [
        at_most("residual_own_rms", numbers["residual_own_rms"], 0.03, train),
        at_most("gain_residual_own_rms", numbers["gain_residual_own_rms"], 0.25, f"decisions are uncertain: {train}"),
    ]
    if "policy_value" in numbers:
        limit = numbers["policy_value_limit"] if numbers["policy_value_limit"] is not None else math.nan
        advice = "the policy is not worth what the network says: a small residual, but a wrong value"
        checks.append(at_most("policy_value_gap", numbers["policy_value_gap"], limit, advice))
    if "outside_bounds" in numbers:
        checks.append(at_most("outside_bounds", numbers["outside_bounds"], 0.01, "values leave their bounds"))
    if "value_error_rms" in numbers:
        checks.append(at_most("value_error_rms", numbers["value_error_rms"], 0.01, train))
    off_path = f"right on its path, wrong off it: {train}"
    limits = {
        "residual_drawn_rms": (0.05, off_path),
        "off_path_value_error_rms": (0.01, off_path),
        "off_path_residual_max": (0.1, off_path),
        "off_path_gain_gap": (0.01, "gains off the path are not differences of the value"),
        "off_path_value_gap": (0.01, "the policy does not deliver what the value promises off the path"),
        "off_path_policy_value_gap": (0.01, "simulated without the value function, the policy is worth something else"),
    }
    found = {name: limit for name, limit in limits.items() if name in numbers}
    return (*checks, *(at_most(name, numbers[name], *limit) for name, limit in found.items()))
