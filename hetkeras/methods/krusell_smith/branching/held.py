"""Against what the exported functions of an economy of firms with branches are held.

Simulation and errors at nodes rest on `forecast`, `choices`, `values` and `continuation`. `policy` and `value` must say
the same of single firms at nodes, in economies that the simulation goes through.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, FirmChoice, FirmState
from hetkeras.diagnosis.held import Held
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy

ECONOMIES, FIRMS, SEED = 4, 50, 4_013  # FIRMS of each economy


def held_functions(policy: LoadedBranchPolicy, simulation: Mapping[str, np.ndarray], burn_in: int) -> dict[str, Held]:
    """Looks at firms of every productivity, capital and labor in periods of a simulation.

    Args:
      policy: the reloaded functions.
      simulation: series [T] of the diagnosis: aggregate_index, mean_capital, price.
      burn_in: first periods to leave out.
    """
    periods = np.linspace(burn_in, len(simulation["price"]) - 1, ECONOMIES).astype(int)
    index = tf.constant(simulation["aggregate_index"][periods].astype(np.int32))
    single = (tf.constant(simulation[name][periods], tf.float32) for name in ("mean_capital", "price"))
    mean_capital, price = (tf.cast(part, tf.float64) for part in single)  # as `policy` takes them
    outlook = policy.outlook(index, mean_capital)
    choice, values = policy.choose(outlook, price), policy.values(index, mean_capital)
    spots = _spots(values.shape)

    def at(nodes: tf.Tensor) -> tf.Tensor:
        return tf.gather_nd(nodes, spots)

    chosen, economy = FirmChoice(*map(at, choice)), spots[:, 0]
    place = policy.histogram.capital, policy.histogram.labor
    levels = (policy.model.idiosyncratic_chain.values, *place)
    firm = FirmState(*(tf.constant(nodes[spot]) for nodes, spot in zip(levels, spots[:, 1:].T, strict=True)))
    rows = [tf.gather(part, economy) for part in (index, mean_capital, price)]
    inputs = {**firm._asdict(), **policy.economy(*rows[:2]), "price": rows[2]}
    inputs = {name: tf.cast(row, tf.float32) for name, row in inputs.items()}
    worth = {name: row for name, row in inputs.items() if name != "price"}
    forecast = {name: row for name, row in worth.items() if name not in FirmState._fields}
    economies = policy.economy(index, mean_capital)
    likely = policy.signatures["policy"](**inputs)["branch_probabilities"].numpy()
    return {
        "policy": Held(inputs, _expected(policy, firm, chosen, rows, likely)),
        "value": Held(worth, {"value": at(values)}),
        "forecast": Held(forecast, tested=("mean_capital_next", "price")),
        "choices": Held({**outlook, "price": price}, tested=("branch", "capital_next", "labor")),
        "values": Held(economies, tested=("value",)),
        "continuation": Held(economies, tested=("continuation_value",)),
    }


def _spots(shape: tf.TensorShape) -> np.ndarray:
    """Numbers of economy, productivity and nodes of firms, [ECONOMIES FIRMS, 4]."""
    rng = np.random.default_rng(SEED)
    drawn = [rng.integers(size, size=ECONOMIES * FIRMS) for size in shape[1:]]
    return np.stack([np.arange(ECONOMIES).repeat(FIRMS), *drawn], -1)


def _expected(
    policy: LoadedBranchPolicy,
    firm: FirmState,
    chosen: FirmChoice,
    rows: list[tf.Tensor],
    likely: np.ndarray,
) -> dict[str, tf.Tensor]:
    """What `policy` must say of firms that choose this; its probabilities must sum to one, and favor the choice."""
    index, _, price = rows
    model = policy.model
    flows = model.flows(firm, chosen, tf.gather(tf.constant(model.aggregate_chain.values), index), price)
    branch = tf.cast(chosen.adjusts_capital + 2 * chosen.adjusts_labor, tf.int32)
    sums = np.abs(likely.sum(-1, keepdims=True) - 1) < 1e-5
    ends = np.where(sums, 0.0, 2.0) + 0 * likely, np.ones_like(likely)
    if all(model.fixed_costs):  # else the targets decide, not the likeliest branch
        ends = np.where(np.arange(len(BRANCHES)) == branch[:, None], likely.max(-1, keepdims=True), ends[0]), ends[1]
    return {
        "branch": branch,
        "capital_next": chosen.capital_next,
        "labor": chosen.labor,
        "branch_probabilities": ends,
        "output": flows.output,
        "investment": flows.investment,
        "consumption": flows.net_output,
    }
