"""Is a value over binary states whose flips take turns the solution? The tests of `flips`, in the regimes that paths
are in.

Residuals are in units of rho times the scale of the value; errors against exact values are relative to the *option
value*, that of forming anything at all: V itself hardly varies between networks.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from hetkeras.contracts.known_values import ExactValues
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.jump_diffusion.paper_losses import paper_losses
from hetkeras.methods.jump_diffusion.switching.hjb_residual import SEED, gain_residuals, residuals, value_and_payoff
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy, ModelT
from hetkeras.methods.jump_diffusion.switching.off_path import off_path_errors
from hetkeras.methods.jump_diffusion.switching.paths import States, TurnPaths
from hetkeras.numerics.random_draws import uniforms

PATHS = 128
SETTLED, MOMENTS, APART = 60.0, 4, 10.0  # years before own paths count, moments at which they do, years between them
TAIL = 1e-3  # discount factor at which a path of the policy value ends
NO_OPTION = 1e-9  # as `equivalent` measures it, up to which the worth of switching anything on is rounding
WORTH_DRAWS = 300_000_000  # of the policy value, apart from those that lead to own states


def diagnose_turns(paths: TurnPaths[ModelT], visited: States) -> Diagnosis:
    """Measures a reloaded value of all regimes.

    Args:
      paths: under the policy, as `own_paths` makes them.
      visited: states that it goes to, as `own_states` finds them.
    """
    model, policy = paths.model, paths.policy
    drawn = drawn_states(model)
    numbers: dict[str, float] = {"num_binary": model.num_binary, "value_scale": model.value_scale}
    for name, states in (("own", visited), ("drawn", drawn)):
        size = residuals(model, policy, *states)
        numbers[f"residual_{name}_rms"] = np.sqrt(np.mean(np.square(size)))
        numbers[f"residual_{name}_p95"] = np.quantile(np.abs(size), 0.95)
    numbers["gain_residual_own_rms"] = np.sqrt(np.mean(np.square(gain_residuals(model, policy, *visited))))
    numbers |= _worth(paths) | known_gaps(model, policy) | off_path_errors(paths, visited)
    movable = np.flatnonzero(model.max_hazard.any(1))
    numbers["active_share"] = float(tf.reduce_mean(tf.gather(visited[1], movable, axis=-1)))
    found = policy.evaluate(*visited)
    taken = model.accepts(tf.zeros_like(found.at), (1 - 2 * found.at) * found.decision, found.which)
    can = np.isin(found.which.numpy(), movable)
    numbers["accepted_share"] = float(taken.numpy()[can].mean())
    finite = {name: finite_number(number) for name, number in numbers.items()}
    return Diagnosis(finite, _checks(finite), {"losses": _losses(model, policy, *visited)})


def own_paths(policy: LoadedTurnPolicy[ModelT]) -> TurnPaths[ModelT]:
    """Paths under the policy for all that is asked of them: compiling takes longer than moving."""
    return TurnPaths(policy, PATHS, SEED)


def own_states(paths: TurnPaths[ModelT]) -> States:
    """States that the policy itself goes to, from about where it stays: turns of many come too seldom to get there."""
    model, size = paths.model, paths.num_paths
    start = paths.start(model.long_run_mean(tf.float64), tf.ones((model.num_binary,)))
    chances = uniforms(tf.constant([SEED, 4]), (size, model.num_binary))
    binary = tf.cast(chances < tf.constant(model.long_run_probabilities, chances.dtype), start.binary.dtype)
    turns, parts = paths.run(start._replace(binary=binary), SETTLED), []
    for moment in range(MOMENTS):
        turns = paths.run(turns, APART, (moment + 1) * 1_000_000)
        parts.append(turns[:3])
    return States(*(tf.concat(part, 0) for part in zip(*parts, strict=True)))


def drawn_states(model: SwitchingJumpDiffusion) -> States:
    """States as training draws them."""
    state, binary = model.sample(tf.constant([SEED, 1]), PATHS * MOMENTS)
    regime = model.sample_regime(tf.constant([SEED, 2]), PATHS * MOMENTS)
    return States(tf.cast(state, tf.float64), tf.cast(binary, tf.float64), regime)


def _losses(
    model: SwitchingJumpDiffusion, policy: LoadedTurnPolicy, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor
) -> dict[str, np.ndarray]:
    """The paper's, relative to values of utility that is not scaled: values of scaled utility can be zero."""
    _, payoff = value_and_payoff(model, policy, state, binary, regime)
    return paper_losses(model, lambda at: policy.value(at, binary, regime), payoff, state, binary, model.unscaled)


def known_gaps(model: SwitchingJumpDiffusion, policy: LoadedTurnPolicy) -> dict[str, float]:
    """Distance to exact values relative to the mean option value, and how many decisions are right."""
    known = model.exact_values()
    if known is None:
        return {}
    at = tf.constant(known.state), tf.constant(known.binary), tf.constant(known.regime, tf.int32)
    value = policy.value(*at).numpy()
    return {
        **_option_gaps(model, value, known),
        "range_error_max": np.abs(value - known.value).max() / np.ptp(known.value),
        **_decisions(model, policy, model.decision_states(known)),
    }


def _option_gaps(model: SwitchingJumpDiffusion, value: np.ndarray, known: ExactValues) -> dict[str, float]:
    """Relative to the option value where it is known, else to the value."""
    never = model.exact_values_without_options()
    if never is None:
        return {"value_error_rms": np.sqrt(np.mean((value - known.value) ** 2) / np.mean(known.value**2))}
    mine, exact, without = (model.equivalent(tf.constant(v)).numpy() for v in (value, known.value, never.value))
    option, off = np.abs(exact - without).mean(), np.abs(mine - exact)
    errors = {"option_error_rms": np.sqrt(np.mean(off**2)), "option_error_max": off.max()}
    relative = {name: error / option for name, error in errors.items()} if option > NO_OPTION else {}
    return {**relative, "option_value_mean": option}


def _decisions(model: SwitchingJumpDiffusion, policy: LoadedTurnPolicy, known: ExactValues) -> dict[str, float]:
    """How far gains are from exact ones, whether they decide alike, and how much is rejected."""
    found = policy.evaluate(tf.constant(known.state), tf.constant(known.binary), tf.constant(known.regime, tf.int32))
    can = np.isin(found.which.numpy(), np.flatnonzero(model.max_hazard.any(1)))
    off = can & (found.at.numpy() < 0.5)
    none, gains, decision = tf.zeros_like(found.at), *((1 - 2 * found.at) * part for part in found.flips)
    wanted = known.worth if known.decision is None else known.decision
    taken, right = (model.accepts(none, each, found.which).numpy() for each in (decision, tf.constant(wanted)))
    return {
        "gain_error_mean": np.abs(gains.numpy() - known.worth)[can].mean() / np.abs(known.worth[can]).mean(),
        "decisions_right": (taken == right)[off].mean(),
        "rejected_share": _rejected(taken, off),
        "rejected_share_known": _rejected(right, off),
    }


def _rejected(taken: np.ndarray, offered: np.ndarray) -> float:
    """Share of what is offered [n, S] that is not taken, on average over states that offer something."""
    some = offered.any(1)
    return ((offered & ~taken).sum(1)[some] / offered.sum(1)[some]).mean()


def _worth(paths: TurnPaths[ModelT]) -> dict[str, float]:
    """The policy's value from rest with every link in place, against what the network says there."""
    model = paths.model
    start = paths.start(model.long_run_mean(tf.float64), tf.ones((model.num_binary,)))
    ended = paths.run(start, -math.log(TAIL) / model.discount_rate, WORTH_DRAWS)
    known = tf.gather(model.open_baseline(*start[:3]).values, start.regime, batch_dims=1)
    found = (known + ended.surplus).numpy()
    said = paths.policy.value(*start[:3]).numpy()
    gaps = (found - said).reshape(2, -1).mean(0)  # path by path, for players differ
    error = gaps.std(ddof=1) / math.sqrt(len(gaps))
    never = model.frozen_value(*start[:3])
    return {
        "value_full": said.mean(),
        **({} if never is None else {"frozen_value_full": never.numpy().mean()}),
        "policy_worth": found.mean(),
        "policy_worth_error": error,
        "policy_worth_gap": abs(gaps.mean()),
        "policy_worth_limit": 3 * error + 0.01 * model.value_scale,
    }


def _checks(numbers: dict[str, float | None]) -> tuple[Check, ...]:
    train = "train longer, or with a wider network"
    limit = numbers["policy_worth_limit"] if numbers["policy_worth_limit"] is not None else math.nan
    worth = "the policy is not worth what the network says: a small residual, but a wrong value"
    checks = [
        at_most("residual_own_rms", numbers["residual_own_rms"], 0.03, train),
        at_most("gain_residual_own_rms", numbers["gain_residual_own_rms"], 0.25, f"decisions are uncertain: {train}"),
        at_most("policy_worth_gap", numbers["policy_worth_gap"], limit, worth),
    ]
    errors = [name for name in ("option_error_rms", "value_error_rms") if name in numbers]
    checks += [at_most(name, numbers[name], 0.01, train) for name in errors]
    off_path = f"right on its path, wrong off it: {train}"
    return (
        *checks,
        at_most("residual_drawn_rms", numbers["residual_drawn_rms"], 0.05, off_path),
        at_most("off_path_residual_max", numbers["off_path_residual_max"], 0.1, off_path),
        at_most("off_path_gain_gap", numbers["off_path_gain_gap"], 0.01, "gains are not differences of the value"),
        at_most("off_path_value_gap", numbers["off_path_value_gap"], 0.01, f"promised, not delivered; {off_path}"),
        at_most("off_path_policy_worth_gap", numbers["off_path_policy_worth_gap"], 0.01, worth),
    )
