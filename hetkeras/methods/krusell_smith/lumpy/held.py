"""Against what the exported functions of an economy of firms are held.

Simulation and Bellman errors rest on `forecast`, `targets`, `continuation` and `value`. `policy` must say what follows
from these, of firms anywhere in the economies that the simulation goes through.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.diagnosis.held import Held
from hetkeras.methods.krusell_smith.lumpy.firm_choice import LumpyFirms, firm_choice
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy

FIRMS, SEED = 500, 4_001


def held_functions(policy: LoadedFirmPolicy, simulation: Mapping[str, np.ndarray], burn_in: int) -> dict[str, Held]:
    """Looks at firms of every productivity and capital in periods of a simulation.

    Args:
      policy: the reloaded functions.
      simulation: series [T] of the diagnosis: aggregate_index, mean_capital, prices.
      burn_in: first periods to leave out.
    """
    model, rng = policy.model, np.random.default_rng(SEED)
    periods = rng.integers(burn_in, len(simulation["price"]), FIRMS)
    states = rng.integers(model.idiosyncratic_chain.num_states, size=FIRMS)
    low, high = np.log(model.capital_bounds)
    capital = np.exp(rng.uniform(low, high, FIRMS))
    parts = (capital, *(simulation[name][periods] for name in ("mean_capital", *model.price_names)))
    single = (tf.constant(part, tf.float32) for part in parts)  # as the export takes them
    capital, mean_capital, *prices = (tf.cast(part, tf.float64) for part in single)
    aggregate = simulation["aggregate_index"][periods].astype(np.int32)
    firms = LumpyFirms(*map(tf.constant, (states.astype(np.int32), capital, aggregate, mean_capital, *prices)))
    expected, inputs = firm_choice(model, policy, firms)._asdict(), policy.inputs(firms)
    rows = {name: tf.cast(row, tf.float32) for name, row in inputs.items()}
    firm, economy = ("idiosyncratic", "capital", "aggregate", "mean_capital"), ("aggregate", "mean_capital")
    ahead = {"capital_next": inputs["capital"][:, None]}
    return {
        "policy": Held(rows, expected),
        "value": Held({name: rows[name] for name in firm}, tested=("value",)),
        "forecast": Held({name: rows[name] for name in economy}, tested=("mean_capital_next", *model.price_names)),
        "targets": Held({name: inputs[name] for name in (*economy, "price")}, tested=("target_capital",)),
        "continuation": Held({name: inputs[name] for name in economy} | ahead, tested=("continuation_value",)),
    }
