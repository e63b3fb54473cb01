"""What each link is worth: to who decides and to the sector that buys (Huang & Yu 2024, Figure 2).

The planner, or those who decide where sectors do themselves, the delegate of its user or of both sides together, gain,
whoever is active,

    Delta V_ij = E[V_z(Y^-ij + 1_ij, eps) - V_z(Y^-ij, eps)]

over states (Y, z, eps) that the policy goes to. The sector that buys looks at its own unit cost, of which
(L (eps - a + h))_i is minus the log. It wishes for a link that raises this on average over a discounted future in which
the link stays for ever and no other link moves. The paper says that it always does, as a link lowers the loss of TFP
a_i; but it also buys from a sector that may be dear, and without the normaliser h_i moves, too.

Axes: B states, N sectors, J = N^2 links row by row.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import flip_each
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.paths import States
from hetkeras.models.production_network.planner import ProductionNetwork

EVALUATIONS = 30_000  # of values after one flip, at most
FEWEST = 16  # states, however many links there are
AT_ONCE = 1024  # rows in one call of the network


def link_worth(policy: LoadedTurnPolicy[ProductionNetwork], visited: States) -> dict[str, np.ndarray]:
    """Averages of each link over states, [J] each; NaN for what links that never move would be worth.

    Args:
      policy: the reloaded functions.
      visited: states that the policy goes to; where links are many, some of them are enough.

    Returns:
      The number of the link, the model's facts about it, and
      active: share of states in which it is there.
      worth, worth_error: Delta V of those who decide, together, and its standard error, in units of the value.
      worth_consumption, worth_consumption_error: the same in logs of constant consumption.
      own_tfp: what the link does to its user's log TFP, h_i - a_i.
      own_now: what it does to its user's -log unit cost at once.
      own_wish: the same, discounted mean over the future if it stayed for ever.
    """
    model = policy.model
    moving = np.flatnonzero(model.movable)
    count = min(max(EVALUATIONS // len(moving), FEWEST), visited.binary.shape[0])
    rows = np.linspace(0, visited.binary.shape[0] - 1, count).round().astype(int)
    sample = States(*(tf.gather(part, rows) for part in visited))
    columns = {**_planner(policy, sample, moving), **_own(model, sample)}
    table = {name: np.full(model.num_sectors**2, np.nan) for name in columns}
    for name, values in columns.items():
        table[name][moving] = values
    active = tf.reduce_mean(visited.binary, 0).numpy()
    return {"element": np.arange(model.num_sectors**2), **model.element_summary, "active": active, **table}


def _planner(policy: LoadedTurnPolicy[ProductionNetwork], sample: States, moving: np.ndarray) -> dict[str, np.ndarray]:
    """Differences of values with and without each link that moves, in both units."""
    equivalent, size = policy.model.preferences.consumption_equivalent, sample.regime.shape[0]
    model, values, changes = policy.model, policy.evaluate(*sample).values, []
    for some in np.array_split(moving, -(-len(moving) * size // AT_ONCE)):
        which = tf.repeat(tf.constant(some, tf.int32)[None], size, 0)
        state, regime = (tf.repeat(part[:, None], len(some), 1) for part in (sample.state, sample.regime))
        flipped, sign = flip_each(sample.binary, which), 1 - 2 * tf.gather(sample.binary, some, axis=1)
        kinds = tf.zeros((2, *which.shape), tf.float64)
        for decider in tf.unstack(model.deciders(which, regime), axis=-1):
            here, after = tf.gather(values, decider, batch_dims=1), policy.value(state, flipped, decider)
            kinds += tf.stack([after - here, equivalent(after) - equivalent(here)])
        changes.append((sign * kinds).numpy())
    columns: dict[str, np.ndarray] = {}
    for name, worth in zip(("worth", "worth_consumption"), np.concatenate(changes, -1), strict=True):
        columns |= {name: worth.mean(0), f"{name}_error": worth.std(0, ddof=1) / np.sqrt(size)}
    return columns


def _own(model: ProductionNetwork, sample: States) -> dict[str, np.ndarray]:
    """What links that move do to their users' log TFP and -log unit cost."""
    technology, binary = model.technology, tf.cast(sample.binary, tf.float64)
    links, shift = model.links(binary), technology.shift(model.links(binary))
    inverse = technology.inverse(links)
    rest = tf.ones_like(sample.state) * model.mean_state
    columns = tf.stack([rest, sample.state - rest], -1)
    later = np.array([1.0, model.discount_rate / (model.discount_rate + model.reversion)])
    rows: dict[str, list[np.ndarray]] = {"own_tfp": [], "own_now": [], "own_wish": []}
    for user, moves in enumerate(model.movable):
        suppliers = np.flatnonzero(moves)
        sector = tf.fill(binary.shape[:1], user)
        alone = dataclasses.replace(technology, consumption=np.eye(model.num_sectors)[user])
        here, after = alone.aggregates_after_flips(links, columns, sector, inverse)
        flips = user * model.num_sectors + tf.repeat(tf.constant(suppliers)[None], binary.shape[0], 0)
        moved = technology.shift(model.links(flip_each(binary, flips)))[..., user] - shift[:, None, user]
        sign = 1 - 2 * tf.gather(links[:, user], suppliers, axis=1)
        change = tf.gather(after, suppliers, axis=1) - here[:, None]
        parts = moved, tf.reduce_sum(change, -1), tf.linalg.matvec(change, later)
        for name, part in zip(rows, parts, strict=True):
            rows[name].append(tf.reduce_mean(sign * part, 0).numpy())
    return {name: np.concatenate(parts) for name, parts in rows.items()}
